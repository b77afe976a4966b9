// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSAddresses
internal import IPVSGrammar
internal import IPVSListing
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSText

extension Rejection {
  func explanation(
    of server: RealServer, in identity: ServiceIdentity, isEdit: Bool
  ) -> Explanation? {
    switch errno {
    case ESRCH: absence(of: identity, adding: .standard(identity))
    case ENOENT where isEdit: absence(of: server, in: identity)
    case EEXIST: presence(of: server, in: identity)
    case ERANGE: explanation(ofThresholds: server, isEdit: isEdit)
    case EAFNOSUPPORT: noIPv6
    case EINVAL: invalidity(of: server, in: identity)
    default: nil
    }
  }

  private func explanation(ofThresholds server: RealServer, isEdit: Bool) -> Explanation {
    let (upper, lower) = (server.upperThreshold, server.lowerThreshold)
    return upper == 0
      ? Explanation(
        "lower threshold \(lower) without an upper threshold"
          + (isEdit ? ": -e resets what the line does not name" : ""),
        "give an upper threshold of \(lower) or more with -x")
      : Explanation(
        "lower threshold \(lower) is above upper threshold \(upper)",
        "give -y a value of at most \(upper), or raise -x")
  }

  private func presence(of server: RealServer, in identity: ServiceIdentity) -> Explanation {
    let cause: MessageText = "the service has this real server already, and -a changes none"
    let servers = table?.servers(of: identity)
    guard let present = servers?.first(where: { $0.endpoint == server.endpoint }) else {
      return Explanation(cause, "change it with -e, which also resets what the line does not name")
    }
    let wanted = server.keeping(present, unlessNamedIn: line)
    guard wanted.typed(in: identity) != present.typed(in: identity) else {
      return Explanation(
        "the service has this real server already, as the line asks for it", "nothing is left to do"
      )
    }
    return Explanation(cause, "change it: \(edit(wanted, in: identity))")
  }

  /// The command that changes of a server what the line names.
  private func editKeepingRest(
    _ line: TypedLine, _ present: RealServer, in identity: ServiceIdentity
  ) -> MessageText {
    let numbers: [(OptionName, StaticString)] = [
      (.weight, "-w"), (.upperThreshold, "-x"), (.lowerThreshold, "-y"),
    ]
    let named = numbers.map { option, letter -> MessageText in
      line.value(of: option).map { " \(letter) \($0)" } ?? ""
    }
    return
      "'\(command) -e \(identity.typed) -r \(present.endpoint)\(named.joined(by: "")) --keep-rest'"
  }

  /// The command that makes a server what is wanted, or why there is none.
  private func edit(_ wanted: RealServer, in identity: ServiceIdentity) -> MessageText {
    let (upper, lower) = (wanted.upperThreshold, wanted.lowerThreshold)
    return lower > upper
      ? "-e with thresholds that go together: -y \(lower), which is kept, is above -x \(upper)"
      : "'\(command) -e \(wanted.typed(in: identity))'"
  }
}

// A server that is not there.
extension Rejection {
  /// A server that was to be changed. The remedy names everything that an edit would reset.
  private func absence(of server: RealServer, in identity: ServiceIdentity) -> Explanation {
    let servers = table?.servers(of: identity)
    func edit(_ present: RealServer) -> MessageText {
      var wanted = server.keeping(present, unlessNamedIn: line)
      wanted.endpoint = present.endpoint
      return self.edit(wanted, in: identity)
    }
    if let line, !line.names(.forwardingMethod),
      let present = servers?.first(where: {
        $0.endpoint.address == server.endpoint.address && line.namesPort(of: $0.endpoint)
      })
    {
      let method = present.forwarding == .masquerading ? "-m" : "\(present.forwarding.word)"
      return Explanation(
        "the line names no method, which makes it -g, whose port is that of the service "
          + "(\(server.endpoint)); server \(present.endpoint) has method \(method)",
        "change only what the line names: \(editKeepingRest(line, present, in: identity))")
    }
    return absence(of: server.endpoint, in: servers, edit)
  }

  /// A server that was to be deleted.
  func absence(of endpoint: Endpoint, in identity: ServiceIdentity) -> Explanation? {
    if errno == ESRCH { return absence(of: identity, adding: nil) }
    guard errno == ENOENT else { return nil }
    return absence(of: endpoint, in: table?.servers(of: identity)) { present in
      "'\(command) -d \(identity.typed) -r \(present.endpoint)'"
    }
  }

  /// - Parameter instead: The command for a server that may have been meant.
  private func absence(
    of endpoint: Endpoint, in servers: [RealServer]?, _ instead: (RealServer) -> MessageText
  ) -> Explanation {
    let listing: MessageText = "see '\(command) -Ln' for the servers that it has"
    guard let servers = servers?.sorted(by: { $0.endpoint < $1.endpoint }) else {
      return Explanation("the service has no real server with this address and port", listing)
    }
    guard !servers.isEmpty else {
      return Explanation("the service has no real servers", "add the server with -a")
    }
    let others = servers.filter { $0.endpoint.address == endpoint.address }
    if let first = others.first {
      let known = others.prefix(3).map { "\($0.endpoint)" as MessageText }.joined()
      return Explanation(
        "the service has this address with another port: \(known)",
        "did you mean \(instead(first))?")
    }
    let near = NearMiss.nearest(
      to: endpoint.description, among: servers, atMost: 2, \.endpoint.description)
    let shown = near.isEmpty && servers.count <= 3 ? servers : Array(near.prefix(3))
    let known = shown.map { "\($0.endpoint)" as MessageText }.joined()
    return Explanation(
      "the service has no real server with this address and port"
        + (shown.isEmpty ? "" : "; it has \(known)"),
      near.first.map { "did you mean \(instead($0))?" } ?? listing)
  }
}

// A server that IPVS takes for invalid (`ip_vs_new_dest`, `ip_vs_add_dest`): it has one errno for all,
// and the rule itself tells them apart.
extension Rejection {
  private func invalidity(of server: RealServer, in identity: ServiceIdentity) -> Explanation {
    let address = server.endpoint.address
    if server.tunnel.kind == .gue, server.tunnel.port == 0 {
      return Explanation(
        "a GUE tunnel without a port",
        "name the port on which the server decapsulates with --tun-port")
    }
    if address.family != identity.family {
      return server.forwarding == .tunneling
        ? Explanation(
          "a server of another address family is not allowed while a sync daemon runs",
          "stop the daemon with --stop-daemon, or use a server of the service's family")
        : Explanation(
          "service and server are of different address families",
          "use a tunnel (-i), or an address of the service's family")
    }
    if let kind = address.kind.wordingOtherThanUnicast {
      return Explanation(
        "\(address) is \(kind), and a real server needs an address of its own",
        "name the address of one machine with -r")
    }
    return unroutable(address)
  }

  private func unroutable(_ address: IPAddress) -> Explanation {
    let cause: MessageText =
      "\(address) is not the address of a machine: a broadcast address of a local network, or no "
      + "route at all"
    switch host.peer {
    case .kernel:
      return Explanation(
        "for the routing table of this network namespace \(cause)",
        "see 'ip route get \(address)'; in a new namespace 'ip link set lo up' comes first")
    case .engine:
      return Explanation(
        "for the routing table of the engine's network namespace \(cause)",
        "see 'ip route get \(address)' in the network namespace that the engine runs in"
      ).from(host.peer)
    }
  }
}

extension IPAddress.Kind {
  /// What an address of the kind is; nil for that of one machine.
  var wordingOtherThanUnicast: String? {
    switch self {
    case .unicast: nil
    case .unspecified: "the unspecified address"
    case .multicast: "a multicast address"
    case .broadcast: "the broadcast address"
    case .linkLocal: "a link-local address"
    }
  }
}

extension TypedLine {
  /// Whether the line names the port of a real server, whatever its method makes of it.
  fileprivate func namesPort(of endpoint: Endpoint) -> Bool {
    let restored = items.first { $0.option.meaning == .command(.restore) }
    let typed = value(of: .realServer) ?? restored?.value
    guard let typed, let colon = typed.bytes.lastIndex(of: UInt8(ascii: ":")) else { return false }
    return ByteString(typed.bytes[(colon + 1)...]).description == "\(endpoint.port)"
  }
}

extension VirtualService {
  /// The service that -A makes of an address or a mark alone; port 0 takes persistence.
  fileprivate static func standard(_ identity: ServiceIdentity) -> VirtualService {
    var service = VirtualService(identity)
    if case .endpoint(_, let endpoint) = identity, endpoint.port == 0 { service.persistence = 360 }
    return service
  }
}
