// SPDX-License-Identifier: Apache-2.0

internal import IPVSClient
internal import IPVSGrammar
internal import IPVSListing
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSystem

/// Takes servers out of service (`--drain`) and puts them back (`--undrain`).
struct DrainExecution {
  let session: Session

  private var state: TableState { TableState(session) }
  var output: Output { session.output }

  /// Gives servers weight 0 and waits until they are empty.
  func drain(_ request: DrainRequest) -> ExitStatus {
    let signals = HeldSignals()
    switch locked(request.lockWait, "ipvsadm --drain", { quiesce(request) }) {
    case .failure(let told): return told.status
    case .success(var wait):
      while true {
        let end = wait.run(signals)
        guard end == .success, request.deletes else { return end }
        if let end = delete(&wait, request) { return end }
      }
    }
  }

  /// An exit status whose reason was told.
  struct Told: Error {
    let status: ExitStatus
  }

  func locked<Value>(
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
  func find(_ selection: ServerSelection) -> Result<(Picture, Drain), Told> {
    let picture: Picture
    switch session.picture() {
    case .success(let read): picture = read
    case .failure(let error):
      return .failure(Told(status: Execution(session: session).fail(error, .refused)))
    }
    let drain = Drain(of: selection, in: picture)
    guard drain.servers.isEmpty else { return .success((picture, drain)) }
    output.report(
      absence(of: selection, in: picture).about(selection.service, selection.typedServer))
    return .failure(Told(status: .refused))
  }

  /// What is said where no server is meant. The remedy is a listing: a command with another server in it
  /// would drain what a slip of the fingers hit.
  private func absence(of selection: ServerSelection, in picture: Picture) -> Diagnostic {
    let command = session.host.peer.command
    guard let service = selection.service else {
      return Diagnostic(
        "No such destination",
        Explanation(
          "no service has a server at \(selection.wording)",
          "see '\(command) -Ln' for the servers that there are"))
    }
    guard let servers = picture.rules[service]?.servers else {
      return Diagnostic(
        "Service not defined",
        Explanation(
          "the table has no such service", "see '\(command) -Ln' for the services that there are"
        ).about("service: \(service.wording)"))
    }
    let shown = servers.prefix(8).map { "\($0.endpoint)" }.joined(separator: ", ")
    return Diagnostic(
      "No such destination",
      Explanation(
        servers.isEmpty
          ? "the service has no servers"
          : "the service has no server with this address and port; it has \(shown)"
            + "\(servers.count > 8 ? ", and more" : "")",
        "see '\(command) -Ln \(service.typed)' for its servers"
      ).about("real server: \(selection.wording)"))
  }

  func remembered() -> [DrainedServer] { (try? state.drained()) ?? [] }

  func remember(_ drained: [DrainedServer]) {
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
  func apply(_ changes: [Change]) -> Told? {
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
  private func quiesce(_ request: DrainRequest) -> Result<DrainWait, Told> {
    let picture: Picture
    var drain: Drain
    switch find(request.servers) {
    case .failure(let told): return .failure(told)
    case .success(let found): (picture, drain) = found
    }
    if !request.force, let last = drain.unserved {
      output.report(
        Diagnostic(
          "\(last) would have no usable server",
          Explanation(
            "every other server of the service has weight 0, or there is no other",
            "give another server weight first, or add --force"
          ).about("service: \(last.wording)")
        ).about(last))
      return .failure(Told(status: .refused))
    }
    drain.allConnections = request.allConnections
    let before = remembered()
    let fresh = drain.servers.filter { $0.before.weight != .quiesced }
    let valid = before.filter { drained in
      let server = picture.rules.server(drained.name.endpoint, of: drained.name.service)
      return server?.weight == .quiesced
    }
    if !fresh.isEmpty {
      remember(
        valid
          + fresh.map {
            DrainedServer(name: $0.name, weight: $0.before.weight, since: SystemClock.now)
          })
    }
    warn(of: fresh, in: picture)
    if let told = apply(drain.quiescence) { return .failure(told) }
    return .success(DrainWait(session, request, drain, before))
  }

  /// Warns of schedulers that send a client to its server or nowhere.
  private func warn(of servers: [Drain.Server], in picture: Picture) {
    var warned: Set<ServiceIdentity> = []
    for name in servers.map(\.name) where warned.insert(name.service).inserted {
      guard let service = picture.rules[name.service]?.service, service.turnsClientsAway else {
        continue
      }
      let isSource = service.scheduler.description == "sh"
      output.report(
        Diagnostic(
          "warning: some clients of \(name.service.wording) get no answer while a server has weight 0",
          Explanation(
            "scheduler \(service.scheduler) finds a server by an address, and no other in its place",
            isSource ? "-b sh-fallback lets it" : "choose another scheduler with -E")
        ).about(name.service))
    }
  }

  /// Deletes the servers that are still empty and there.
  ///
  /// - Returns: Nil where a client that is bound by persistence came back meanwhile.
  private func delete(_ wait: inout DrainWait, _ request: DrainRequest) -> ExitStatus? {
    let result = locked(request.lockWait, "ipvsadm --drain --delete") {
      () -> Result<[ServerIdentity]?, Told> in
      do throws(DirectorError) {
        guard try wait.isStillEmpty() else { return .success(nil) }
      } catch {
        return .failure(Told(status: Execution(session: session).fail(error, .refused)))
      }
      let deletions = wait.drain.deletions
      if let told = apply(deletions) { return .failure(told) }
      let names = deletions.compactMap(\.serverName)
      remember(remembered().filter { !names.contains($0.name) })
      return .success(names)
    }
    switch result {
    case .failure(let told): return told.status
    case .success(nil): return nil
    case .success(let names?):
      if !session.options.json {
        for name in names { output.print(line: "deleted: \(name)") }
      }
      return .success
    }
  }
}

extension VirtualService {
  /// Whether the scheduler refuses the clients of a server without weight: it finds a server by an address
  /// alone, and has no other (ip_vs_sh.c, ip_vs_dh.c).
  fileprivate var turnsClientsAway: Bool {
    switch scheduler.description {
    case "dh": true
    case "sh": !flags.contains(.fallback)
    default: false
    }
  }
}
