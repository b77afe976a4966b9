// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSAddresses
internal import IPVSClient
internal import IPVSPrograms
internal import IPVSRules

/// Changes of a service or a server what a line names, and keeps the rest (`--keep-rest`).
struct PartialEditExecution {
  let execution: Execution

  private var session: Session { execution.session }

  func run(_ edit: PartialEdit) -> ExitStatus {
    switch edit {
    case .service(let identity, let settings):
      perform(
        on: identity, asking: .editService(VirtualService(identity).changing(settings))
      ) { .success(.editService($0.service.changing(settings))) }
    case .server(let selection, let settings): perform(selection, settings)
    }
  }

  private func perform(_ selection: ServerSelection, _ settings: ServerSettings) -> ExitStatus {
    guard let identity = selection.service else { return .usage }
    let endpoint = Endpoint(selection.address, port: selection.port ?? identity.port)
    let asked = Change.editServer(RealServer(endpoint).changing(settings), of: identity)
    return perform(on: identity, asking: asked) { listed in
      let servers = listed.servers.map(\.server).filter {
        selection.contains(ServerIdentity($0.endpoint, of: identity))
      }
      guard let server = servers.first else { return .failure(.rejected(errno: ENOENT)) }
      guard servers.count == 1 else {
        return .failure(.several(servers.map(\.endpoint).sorted(), in: identity))
      }
      return .success(.editServer(server.changing(settings), of: identity))
    }
  }

  private enum Failure: Error {
    case rejected(errno: Int32)

    /// The line means more than one server.
    case several([Endpoint], in: ServiceIdentity)
  }

  /// Reads a service and carries out the change that `change` makes of it.
  ///
  /// - Parameter asked: The change for messages, where there is none.
  private func perform(
    on identity: ServiceIdentity, asking asked: Change,
    _ change: (ListedService) -> Result<Change, Failure>
  ) -> ExitStatus {
    var made = asked
    do throws(DirectorError) {
      let outcome = try session.withDirector { director throws(DirectorError) in
        change(try director.service(identity))
      }
      switch outcome {
      case .failure(.rejected(let errno)): return execution.refuse(asked, errno)
      case .failure(.several(let endpoints, in: let identity)): return refuse(endpoints, identity)
      case .success(let found): made = found
      }
      try session.withDirector { director throws(DirectorError) in try director.apply(made) }
      return .success
    } catch {
      switch error {
      case .refused(let errno) where errno != EPERM: return execution.refuse(asked, errno)
      case .rejected(let rejected) where rejected.errno != EPERM:
        return execution.refuse(made, rejected.errno)
      default: return execution.fail(error, .refused)
      }
    }
  }

  private func refuse(_ endpoints: [Endpoint], _ identity: ServiceIdentity) -> ExitStatus {
    let known = endpoints.prefix(5).map { "\($0)" as MessageText }.joined()
    session.output.report(
      Diagnostic(
        "several servers at this address",
        Explanation(
          "service \(identity.wording) has \(known), and the line names no port",
          "name the port of the one that is meant: -r \(endpoints[0])")
      ).about(identity))
    return .refused
  }
}

extension ServiceIdentity {
  /// The port of the service; 0 where it is a mark.
  var port: UInt16 {
    if case .endpoint(_, let endpoint) = self { endpoint.port } else { 0 }
  }
}
