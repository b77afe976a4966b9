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

/// Takes servers out of service and puts them back (`--drain`, `--undrain`).
struct DrainExecution {
  let session: Session

  private var state: TableState { TableState(session) }
  private var output: Output { session.output }

  /// Gives servers weight 0 and waits until they are empty.
  func drain(_ request: DrainRequest) -> ExitStatus {
    let signals = HeldSignals()
    switch locked(request.lockWait, "ipvsadm --drain", { quiesce(request) }) {
    case .failure(let status): return status.status
    case .success(let servers):
      var wait = DrainWait(session, request, servers)
      let end = wait.run(signals)
      guard end == .success, request.deletes else { return end }
      return delete(servers, request)
    }
  }

  /// Gives servers the weight from before.
  func undrain(_ request: UndrainRequest) -> ExitStatus {
    switch locked(request.lockWait, "ipvsadm --undrain", { wake(request) }) {
    case .failure(let status): status.status
    case .success: .success
    }
  }

  /// An exit status whose reason was told.
  private struct Told: Error {
    let status: ExitStatus
  }

  private func locked<Value>(
    _ wait: UInt32, _ command: String, _ body: () -> Result<Value, Told>
  ) -> Result<Value, Told> {
    do throws(TableState.LockFailure) {
      let lock = try state.lock(for: command, waiting: wait)
      defer { _ = lock }
      return body()
    } catch {
      output.report(error.diagnostic(after: wait))
      return .failure(Told(status: error.status))
    }
  }

  /// Reads the table, and finds the servers that are meant.
  private func find(
    _ selection: ServerSelection
  ) -> Result<(Picture, [DrainingServer]), Told> {
    let picture: Picture
    switch session.picture() {
    case .success(let read): picture = read
    case .failure(let error):
      let status = Execution(session: session).fail(error, .refused)
      return .failure(Told(status: error.isUnstable ? .busy : status))
    }
    let servers = picture.table.services.flatMap { listed in
      listed.servers.map { DrainingServer($0, of: listed.service) }
    }.filter { selection.contains($0.name) }.sorted { $0.name.service < $1.name.service }
    guard servers.isEmpty else { return .success((picture, servers)) }
    if let service = selection.service {
      let endpoint = Endpoint(selection.address, port: selection.port ?? service.port)
      let isThere = picture.rules[service] != nil
      return .failure(
        Told(
          status: Execution(session: session).refuse(
            .deleteServer(endpoint, of: service), isThere ? ENOENT : ESRCH)))
    }
    output.report(
      Diagnostic(
        "No such destination",
        Explanation(
          "no service has a server at \(selection.wording)",
          "see '\(session.host.peer.command) -Ln' for the servers that there are")))
    return .failure(Told(status: .refused))
  }

  private func remembered() -> [DrainedServer] { (try? state.drained()) ?? [] }

  private func remember(_ drained: [DrainedServer]) {
    do throws(SystemError) {
      try state.remember(drained)
    } catch {
      output.report(
        Diagnostic(
          "warning: the weights before are not remembered",
          Explanation(
            "\(state.folder.path): \(error.description)",
            "note them: --undrain will need -w, and --apply gives drained servers their weights")))
    }
  }

  /// Carries changes out and tells the first that is refused.
  private func apply(_ changes: [Change]) -> Told? {
    do throws(DirectorError) {
      let rejections = try session.withDirector { director throws(DirectorError) in
        try director.apply(changes)
      }
      guard let first = rejections.first else { return nil }
      return Told(status: Execution(session: session).refuse(first.change, first.errno))
    } catch {
      return Told(status: Execution(session: session).fail(error, .refused))
    }
  }
}

// MARK: - Steps

extension DrainExecution {
  private func quiesce(_ request: DrainRequest) -> Result<[DrainingServer], Told> {
    let picture: Picture
    var servers: [DrainingServer]
    switch find(request.servers) {
    case .failure(let told): return .failure(told)
    case .success(let found): (picture, servers) = found
    }
    if !request.force, let last = lastUsable(in: picture, among: servers) {
      output.report(
        Diagnostic(
          "\(last) would have no usable server",
          Explanation(
            "every other server of the service has weight 0, or there is no other",
            "give another server weight first, or add --force"
          ).about("service: \(last.wording)")))
      return .failure(Told(status: .refused))
    }
    let before = remembered()
    for index in servers.indices where servers[index].server.weight == .quiesced {
      servers[index].formerWeight = before.first { $0.name == servers[index].name }?.weight
    }
    let fresh = servers.filter { $0.server.weight != .quiesced }
    let valid = before.filter { drained in
      let server = picture.rules.server(drained.name.endpoint, of: drained.name.service)
      return server?.weight == .quiesced
    }
    if !fresh.isEmpty {
      remember(
        valid
          + fresh.map {
            DrainedServer(name: $0.name, weight: $0.server.weight, since: SystemClock.now)
          })
    }
    let changes = fresh.map { server in
      var quiesced = server.server
      quiesced.weight = .quiesced
      return Change.editServer(quiesced, of: server.name.service)
    }
    if let told = apply(changes) { return .failure(told) }
    return .success(servers)
  }

  /// A service that would be left without a usable server.
  private func lastUsable(
    in picture: Picture, among servers: [DrainingServer]
  ) -> ServiceIdentity? {
    let drained = Set(servers.map(\.name))
    for listed in picture.table.services {
      let identity = listed.service.identity
      let usable = listed.servers.filter { $0.server.weight != .quiesced }
      let left = usable.filter {
        !drained.contains(ServerIdentity($0.server.endpoint, of: identity))
      }
      if !usable.isEmpty, left.isEmpty { return identity }
    }
    return nil
  }

  private func delete(_ servers: [DrainingServer], _ request: DrainRequest) -> ExitStatus {
    let result = locked(request.lockWait, "ipvsadm --drain --delete") { () -> Result<Void, Told> in
      if let told = apply(servers.map { .deleteServer($0.name.endpoint, of: $0.name.service) }) {
        return .failure(told)
      }
      let names = Set(servers.map(\.name))
      let rest = remembered().filter { !names.contains($0.name) }
      remember(rest)
      return .success(())
    }
    switch result {
    case .failure(let told): return told.status
    case .success:
      for server in servers { output.print(line: "deleted: \(server.name)") }
      return .success
    }
  }

  private func wake(_ request: UndrainRequest) -> Result<Void, Told> {
    let servers: [DrainingServer]
    switch find(request.servers) {
    case .failure(let told): return .failure(told)
    case .success(let found): servers = found.1
    }
    let before = remembered()
    var changes: [Change] = []
    var woken: Set<ServerIdentity> = []
    for server in servers where server.server.weight == .quiesced {
      let known = before.first { $0.name == server.name }?.weight
      guard let weight = request.weight ?? known else { continue }
      var changed = server.server
      changed.weight = weight
      changes.append(.editServer(changed, of: server.name.service))
      woken.insert(server.name)
    }
    guard !changes.isEmpty else {
      let isQuiesced = servers.contains { $0.server.weight == .quiesced }
      output.report(
        Diagnostic(
          "no weight is remembered for \(request.servers.wording)",
          isQuiesced
            ? Explanation(
              "it was not drained by --drain, or the memory of it is gone",
              "name the weight: \(request.servers.undrainCommand(session)) -w WEIGHT")
            : Explanation("it has a weight, and is not drained", "nothing is left to do")))
      return .failure(Told(status: .negative))
    }
    if let told = apply(changes) { return .failure(told) }
    remember(before.filter { !woken.contains($0.name) })
    for case .editServer(let server, of: let identity) in changes {
      output.print(
        line: "\(ServerIdentity(server.endpoint, of: identity)): weight 0 -> \(server.weight)")
    }
    return .success(())
  }
}

/// A server on its way out.
struct DrainingServer {
  let name: ServerIdentity

  /// The server as it was when it was found.
  let server: RealServer

  /// Whether its connections carry datagrams, which IPVS counts as inactive.
  let isDatagram: Bool

  /// The weight that a server had before it was drained earlier; nil where that is not known.
  var formerWeight: Weight?

  init(_ listed: ListedServer, of service: VirtualService) {
    server = listed.server
    name = ServerIdentity(listed.server.endpoint, of: service.identity)
    isDatagram =
      if case .endpoint(.udp, _) = service.identity { true } else { false }
    formerWeight = listed.server.weight == .quiesced ? nil : listed.server.weight
  }
}

extension ServerSelection {
  /// `10.0.0.12:8080`, and the service where one is named.
  var wording: MessageText {
    let place: MessageText = service.map { " of \($0.wording)" } ?? ""
    return "\(typedServer)\(place)"
  }

  private var typedServer: String {
    port.map { "\(Endpoint(address, port: $0))" } ?? "\(address)"
  }

  /// The command that takes a drain back.
  func undrainCommand(_ session: Session) -> MessageText {
    let place: MessageText = service.map { " \($0.typed)" } ?? ""
    return "\(session.host.peer.command) --undrain\(place) -r \(typedServer)"
  }
}
