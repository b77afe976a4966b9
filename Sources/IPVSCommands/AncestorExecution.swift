internal import Glibc
internal import IPVSAddresses
internal import IPVSClient
internal import IPVSGrammar
internal import IPVSListing
internal import IPVSRules
internal import IPVSText

/// The carrying out of one command of `ippfvsadm` (ippfvsadm(8)): a real server and its virtual
/// service come and go together.
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
        return text
      }
    case .add(let server, to: let service):
      return add(server, to: service)
    case .delete(let endpoint, of: let identity):
      guard let endpoint else { return execution.run(.change(.deleteService(identity))) }
      return delete(endpoint, of: identity)
    }
  }

  /// Adds a real server, and first its service where that is missing. A service that was made for a
  /// server that is then refused is taken away again.
  private func add(_ server: RealServer, to service: VirtualService) -> ExitStatus {
    let steps: [Change] = [.addService(service), .addServer(server, to: service.identity)]
    return perform { director throws(DirectorError) in
      var rejections = try director.apply(steps)
      let existed = rejections.first == RejectedChange(index: 0, errno: EEXIST)
      if existed { rejections.removeFirst() }
      guard let rejection = rejections.first else { return nil }
      if rejection.index == 1, !existed { try director.apply(.deleteService(service.identity)) }
      return (steps[rejection.index], rejection.errno)
    }
  }

  /// Removes a real server, and its service with the last one.
  private func delete(_ endpoint: Endpoint, of identity: ServiceIdentity) -> ExitStatus {
    let step = Change.deleteServer(endpoint, of: identity)
    return perform { director throws(DirectorError) in
      if let rejection = try director.apply([step]).first { return (step, rejection.errno) }
      if try director.servers(of: identity).isEmpty {
        try director.apply(.deleteService(identity))
      }
      return nil
    }
  }

  /// Runs steps of which one may be refused.
  private func perform(
    _ steps: (inout Director) throws(DirectorError) -> (change: Change, errno: Int32)?
  ) -> ExitStatus {
    let execution = Execution(session: session)
    do throws(DirectorError) {
      guard let refused = try session.withDirector(steps) else { return .success }
      guard refused.errno != EPERM else {
        return execution.fail(.refused(errno: EPERM), .refused)
      }
      return execution.refuse(refused.change, refused.errno)
    } catch {
      return execution.fail(error, .refused)
    }
  }
}
