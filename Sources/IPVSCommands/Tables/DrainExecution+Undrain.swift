// SPDX-License-Identifier: Apache-2.0

internal import IPVSClient
internal import IPVSGrammar
internal import IPVSPrograms
internal import IPVSRules

extension DrainExecution {
  /// Gives servers the weight from before.
  func undrain(_ request: UndrainRequest) -> ExitStatus {
    switch locked(request.lockWait, "ipvsadm --undrain", { wake(request) }) {
    case .failure(let told): told.status
    case .success: .success
    }
  }

  private func wake(_ request: UndrainRequest) -> Result<Void, Told> {
    let servers: [Drain.Server]
    switch find(request.servers) {
    case .failure(let told): return .failure(told)
    case .success(let found): servers = found.1.servers
    }
    let before = remembered()
    var changes: [Change] = []
    var unknown: [ServerIdentity] = []
    for server in servers where server.before.weight == .quiesced {
      guard let weight = request.weight ?? before.first(where: { $0.name == server.name })?.weight
      else {
        unknown.append(server.name)
        continue
      }
      var changed = server.before
      changed.weight = weight
      changes.append(.editServer(changed, of: server.name.service))
    }
    if let told = apply(changes) { return .failure(told) }
    let woken = Set(changes.compactMap(\.serverName))
    if !woken.isEmpty { remember(before.filter { !woken.contains($0.name) }) }
    for case .editServer(let server, of: let identity) in changes where !session.options.json {
      output.print(
        line: "\(ServerIdentity(server.endpoint, of: identity)): weight 0 -> \(server.weight)")
    }
    guard changes.isEmpty || !unknown.isEmpty else { return .success(()) }
    report(unknown, of: request)
    return .failure(Told(status: .negative))
  }

  /// Reports servers that stay without weight because none is known.
  private func report(_ unknown: [ServerIdentity], of request: UndrainRequest) {
    let command = request.servers.undrainCommand(session)
    guard !unknown.isEmpty else {
      output.report(
        Diagnostic(
          "no weight is remembered for \(request.servers.wording)",
          Explanation("it has a weight, and is not drained", "nothing is left to do")
        ).about(request.servers.service, request.servers.typedServer))
      return
    }
    for name in unknown {
      output.report(
        Diagnostic(
          "no weight is remembered for \(name)",
          Explanation(
            "it was not drained by --drain, or the memory of it is gone",
            "name the weight: \(command) -w WEIGHT")
        ).about(name.service, "\(name.endpoint)"))
    }
  }
}

extension Change {
  /// The server that is edited or deleted.
  var serverName: ServerIdentity? {
    switch self {
    case .editServer(let server, of: let identity): ServerIdentity(server.endpoint, of: identity)
    case .deleteServer(let endpoint, of: let identity): ServerIdentity(endpoint, of: identity)
    default: nil
    }
  }
}
