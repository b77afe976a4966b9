// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSAddresses
internal import IPVSClient
internal import IPVSGrammar
internal import IPVSListing
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSystem
internal import IPVSText

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
          "name the port of the one that is meant: -r \(endpoints[0])")))
    return .refused
  }
}

extension ServiceIdentity {
  /// The port of the service; 0 where it is a mark.
  var port: UInt16 {
    if case .endpoint(_, let endpoint) = self { endpoint.port } else { 0 }
  }
}

/// What a change by a person at a terminal does beside what the line says.
struct ChangeWatch {
  private let session: Session

  /// The settings that the line does not name and that the change gives their defaults.
  private let reset: [FieldChange]

  /// Looks at the table before the change; nil where there is nothing to be told after it.
  init?(_ change: Change, _ session: Session, _ words: Words?) {
    guard session.isTyped, let words else { return nil }
    self.session = session
    let line = TypedLine(words)
    let table = SessionTable(session: session)
    switch change {
    case .flush:
      TableState(session).keepForUndo(session, before: "ipvsadm -C")
      return nil
    case .editServer(let server, of: let identity):
      guard
        let present = table.servers(of: identity)?.first(where: { $0.endpoint == server.endpoint })
      else { return nil }
      reset = server.keeping(present, unlessNamedIn: line).fields(to: server)
    case .editService(let service):
      guard let present = table.services()?.first(where: { $0.identity == service.identity })
      else { return nil }
      reset = service.keeping(present, unlessNamedIn: line).fields(to: service)
    default: return nil
    }
    guard !reset.isEmpty else { return nil }
  }

  /// Tells what went back to its default.
  func tell() {
    let fields = reset.map { "\($0.name) \($0.old) -> \($0.new)" as MessageText }.joined()
    session.output.tell(
      "back to defaults, as the line does not name them: \(fields); --keep-rest keeps them\n")
  }
}

extension VirtualService {
  /// The service with what `present` has wherever the line names nothing else.
  fileprivate func keeping(
    _ present: VirtualService, unlessNamedIn line: TypedLine
  ) -> VirtualService {
    var service = self
    if !line.names(.scheduler) { service.scheduler = present.scheduler }
    if !line.names(.persistent) { service.persistence = present.persistence }
    if !line.names(.netmask) { service.netmask = present.netmask }
    if !line.names(.persistenceEngine) { service.engine = present.engine }
    if !line.names(.schedulerFlags), !line.names(.onePacket) { service.flags = present.flags }
    return service
  }
}

extension TableState {
  /// Keeps the table for `--undo` before a command that a person typed; a failure is a warning.
  func keepForUndo(_ session: Session, before command: String) {
    guard case .success(let picture) = session.picture() else { return }
    do throws(SystemError) {
      try keep(picture, before: command)
    } catch {
      session.output.tell(
        "warning: --undo will not know this table: \(keptPath): \(error.description)\n")
    }
  }
}
