// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSAddresses
internal import IPVSClient
internal import IPVSGrammar
internal import IPVSListing
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSText

/// Carries out one command of `ippfvsadm` (ippfvsadm(8)): a virtual service is added with its first real
/// server, and deleted with its last.
struct AncestorExecution {
  let session: Session

  func run(_ command: AncestorCommand) -> ExitStatus {
    let execution = Execution(session: session)
    switch command {
    case .help:
      session.output.print(HelpText.ancestorHelp)
      return .success
    case .clear:
      return execution.run(.change(.flush))
    case .list:
      return execution.report { director throws(DirectorError) in
        let snapshot = try director.snapshot()
        var text = TextBuffer()
        AncestorListing().append(snapshot.services, to: &text)
        session.output.print(text)
      }
    case .add(let server, to: let service):
      return add(server, to: service)
    case .delete(let endpoint, of: let identity):
      guard let endpoint else { return execution.run(.change(.deleteService(identity))) }
      return delete(endpoint, of: identity)
    }
  }

  /// Adds a real server, and before it its service where that is missing. If the server is refused, a
  /// service that was added for it is deleted again.
  private func add(_ server: RealServer, to service: VirtualService) -> ExitStatus {
    let steps: [Change] = [.addService(service), .addServer(server, to: service.identity)]
    return perform { director throws(DirectorError) in
      var rejections = try director.apply(steps)
      let existed = rejections.first.map { $0.index == 0 && $0.errno == EEXIST } ?? false
      if existed { rejections.removeFirst() }
      guard let rejection = rejections.first else { return nil }
      if rejection.index == 1, !existed { try director.apply(.deleteService(service.identity)) }
      return rejection
    }
  }

  /// Deletes a real server, and with the last one its service.
  private func delete(_ endpoint: Endpoint, of identity: ServiceIdentity) -> ExitStatus {
    let step = Change.deleteServer(endpoint, of: identity)
    return perform { director throws(DirectorError) in
      if let rejection = try director.apply([step]).first { return rejection }
      if try director.servers(of: identity).isEmpty {
        try director.apply(.deleteService(identity))
      }
      return nil
    }
  }

  /// Runs steps, and reports the one that was refused.
  private func perform(
    _ steps: (inout Director) throws(DirectorError) -> RejectedChange?
  ) -> ExitStatus {
    let execution = Execution(session: session)
    do throws(DirectorError) {
      guard let rejected = try session.withDirector(steps) else { return .success }
      guard rejected.errno != EPERM else { return execution.fail(.rejected(rejected), .refused) }
      return execution.refuse(rejected.change, rejected.errno)
    } catch {
      return execution.fail(error, .refused)
    }
  }
}
