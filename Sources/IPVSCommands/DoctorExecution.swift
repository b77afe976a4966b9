// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSClient
internal import IPVSDoctor
internal import IPVSGrammar
internal import IPVSPrograms
internal import IPVSSockets
internal import IPVSText

/// Looks for what keeps services from being served (`--doctor`), and prints what is found.
struct DoctorExecution {
  let session: Session

  func run(_ request: DoctorRequest) -> ExitStatus {
    guard request.realServer == nil || session.options.engine == nil else {
      session.output.report(
        Diagnostic(
          "--doctor --real-server: no engine is looked at",
          Explanation(
            "a real server has no table, and this machine is looked at", "leave --engine out")))
      return .usage
    }
    var doctor = Doctor(
      peer: session.engine.map { .engine(path: $0.bytes) } ?? session.environment.peer,
      request: request)
    doctor.connections = session.connectionSource
    doctor.program = program
    doctor.entering = entering
    let (diagnosis, failure) = doctor.diagnose()
    if let failure, !diagnosis.explains(failure) { return fail(failure, request) }
    session.output.print(
      session.options.json ? diagnosis.json(namespace: session.options.namespace) : diagnosis.text)
    guard request.realServer != nil || diagnosis.isTableRead else { return .usage }
    return diagnosis.has(request.isStrict ? .warning : .error) ? .negative : .success
  }

  /// Reports why there is nothing to look at.
  private func fail(_ error: DirectorError, _ request: DoctorRequest) -> ExitStatus {
    let execution = Execution(session: session)
    guard let identity = request.service else { return execution.fail(error, .usage) }
    _ = execution.failReading(identity, error)
    return .usage
  }

  /// How this program is called so that it asks the same table.
  private var program: String {
    let command = session.host.peer.command.description
    return session.options.namespace.map { "\(command) --netns \($0)" } ?? command
  }

  /// What precedes other commands so that they work in the same network namespace.
  private var entering: String {
    guard let namespace = session.options.namespace else { return "" }
    return namespace.bytes.contains(UInt8(ascii: "/"))
      ? "nsenter --net=\(namespace) " : "ip netns exec \(namespace) "
  }
}

extension Diagnosis {
  /// Whether a finding says why the table could not be read.
  fileprivate func explains(_ failure: DirectorError) -> Bool {
    switch failure {
    case .ipvsAbsent: findings.contains { $0.code == .ipvsAbsent }
    case .refused(errno: EPERM): findings.contains { $0.code == .noRights }
    default: false
    }
  }
}
