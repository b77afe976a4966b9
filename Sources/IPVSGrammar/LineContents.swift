// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSRules

/// The options and values of a line. Each value is good by itself.
struct LineContents {
  typealias Value = ArgumentScanner.Value

  var command = CommandName.help

  /// The options on the line.
  var given: OptionNames = []

  var service: ServiceIdentity?

  /// The persistence timeout in seconds.
  var persistence: UInt32?
  var scheduler: Value?
  var schedulerFlags: Value?
  var persistenceEngine: Value?
  var netmask: Value?

  /// The netmask, if it can be one for IPv4.
  var netmaskAddress: IPv4Address?

  /// The netmask, if it can be one for IPv6.
  var prefixLength: UInt32?

  var server: EndpointText?
  var method = ForwardingMethod.directRouting
  var tunnelKind = Tunnel.Kind.ipip

  var role = SyncDaemon.Role.master
  var shell = Shell.bash
  var interface: Value?
  var group: IPAddress?

  var timeouts = Timeouts(tcp: 0, tcpFin: 0, udp: 0)

  /// The seconds between two looks at a table.
  var interval: UInt32?
  var order = WatchOrder.name
  /// What options of a listing select; of services and servers those before the last one, which is in
  /// `service` and `server`.
  var filter = ListingFilter()

  /// What connections are counted by.
  var countKey: ConnectionKey?

  var metricsDetail = MetricsRequest.Detail.service

  /// The file to write to.
  var output: Value?

  /// The word behind `--import`: a format, or a file.
  var imported: Value?
  var configID: Value?
  var parameters: [Value] = []

  /// The file whose rules are asked, or might be applied.
  var rules: Value?

  /// The packet that is explained; nil where standard input has packets.
  var packet: OpeningPacket?

  /// What a real server is told of itself (`--doctor --real-server`).
  var virtualAddresses: [IPAddress] = []
  var directorAddress: IPAddress?

  /// The names of files behind a command that takes some.
  var files: [Value] = []

  /// The values of the options that take a number.
  private var numbers = PerOption<UInt32>(repeating: 0)

  subscript(number option: OptionName) -> UInt32 {
    get { numbers[Int(option.rawValue)] }
    set { numbers[Int(option.rawValue)] = newValue }
  }

  /// The family of the service, if it is known.
  var family: AddressFamily? { service?.family }
}

extension LineContents {
  /// The command, if everything on the line fits together.
  ///
  /// The order of the checks is that of ipvsadm.c: scheduler flags, options of the command, and then
  /// values that depend on each other.
  ///
  /// - Parameter words: The words of the line.
  func command(words: Words) throws(GrammarError) -> Command {
    // Nothing behind these is read.
    if command == .help { return .help }
    if command == .version { return .version }
    var flags: ServiceFlags = []
    if let schedulerFlags {
      flags = try SchedulerFlagList.read(
        words.text(schedulerFlags.range), scheduler: knownScheduler(words)?.text)
    }
    try checkOptions()
    switch command {
    case .addService:
      return .change(.addService(try virtualService(flags, words: words)))
    case .editService where given.contains(.keepRest):
      return .edit(try serviceEdit(flags, words: words))
    case .editServer where given.contains(.keepRest): return .edit(try serverEdit())
    case .editService:
      return .change(.editService(try virtualService(flags, words: words)))
    case .deleteService: return .change(.deleteService(try requiredService))
    case .addServer: return .change(.addServer(try realServer(), to: try requiredService))
    case .editServer: return .change(.editServer(try realServer(), of: try requiredService))
    case .deleteServer:
      return .change(.deleteServer(try serverEndpoint(), of: try requiredService))
    case .clear: return .change(.flush)
    case .zero: return .change(.zero(service))
    case .setTimeouts: return .change(.setTimeouts(timeouts))
    case .startDaemon: return .change(.startDaemon(daemon(words)))
    case .stopDaemon: return .change(.stopDaemon(role, syncID: self[number: .syncID]))
    case .list: return .list(try ListRequest(of: self))
    case .save:
      return .save(SaveRequest(numeric: given.contains(.numeric), full: given.contains(.full)))
    case .restore: return .restore(strict: given.contains(.strict))
    case .check, .diff, .apply, .undo, .drain, .undrain: return try tableCommand(words)
    case .metrics: return .metrics(metricsRequest(words))
    case .completion: return .completion(shell, line: files.map { words.text($0.range) })
    case .importRules: return .importRules(try importRequest(words))
    case .monitor: return .monitor(interval: interval ?? 1)
    case .explain:
      return .explain(
        ExplainRequest(
          packet, mark: given.contains(.mark) ? self[number: .mark] : nil,
          rules: rules.map { words.text($0.range) }))
    case .doctor: return .doctor(try doctorRequest(words))
    case .version: return .version
    case .help: return .help
    }
  }

  /// 1.31 knows nothing of options that select: a line that is refused in spite of them is told in its
  /// words.
  func checkOptions() throws(GrammarError) {
    let rules = OptionRules[command]
    guard let fault = rules.fault(in: given) else { return }
    let others = given.subtracting(rules.selecting)
    if let reason = rules.fault(in: others) {
      throw .options(
        reason == fault ? told(fault) : .toldAs(told(fault), reason: told(reason)))
    }
    guard others.isDisjoint(with: OptionNames([.timeout, .daemon])) else {
      throw .options(told(fault))
    }
  }

  private func told(_ fault: OptionRules.Fault) -> OptionFault {
    switch fault {
    case .missing(let option): .missing(option, for: command)
    case .exclusive(let option, let earlier): .exclusive(option, with: earlier, for: command)
    case .illegal(let option): .illegal(option, for: command)
    }
  }

  private var requiredService: ServiceIdentity {
    get throws(GrammarError) {
      guard let service else { throw .options(.missing(.serviceAddress, for: command)) }
      return service
    }
  }

  /// A name from the line, cut to the length that the kernel accepts.
  ///
  /// - Returns: Nil where the line has none, or an empty one.
  private func name(_ value: Value?, atMost limit: Int, words: Words) -> KernelName? {
    guard let value, !value.range.isEmpty else { return nil }
    return KernelName(words.text(value.range.prefix(limit)), atMost: limit)
  }
}

// Edits that keep what the line does not name.
extension LineContents {
  private func serviceEdit(
    _ flags: ServiceFlags, words: Words
  ) throws(GrammarError) -> PartialEdit {
    let identity = try requiredService
    if case .endpoint(let transport, _) = identity, transport != .udp, given.contains(.onePacket) {
      throw .values(.onePacketOverStream(identity))
    }
    var settings = ServiceSettings()
    settings.scheduler = namedScheduler(words)
    settings.schedulerFlags = schedulerFlags == nil ? nil : flags
    settings.onePacket = given.contains(.onePacket) ? true : nil
    settings.persistence = persistence
    settings.netmask = settledNetmask
    settings.engine = name(persistenceEngine, atMost: KernelName.longestEngine, words: words)
    return .service(identity, settings)
  }

  private func serverEdit() throws(GrammarError) -> PartialEdit {
    _ = try requiredService
    var settings = ServerSettings()
    settings.forwarding = given.contains(.forwardingMethod) ? method : nil
    let tunnel = try tunnel()
    settings.tunnel = given.isDisjoint(with: .tunnel) ? nil : tunnel
    settings.weight = given.contains(.weight) ? Weight(self[number: .weight]) : nil
    settings.upperThreshold =
      given.contains(.upperThreshold) ? self[number: .upperThreshold] : nil
    settings.lowerThreshold =
      given.contains(.lowerThreshold) ? self[number: .lowerThreshold] : nil
    return .server(try serverSelection(), settings)
  }
}

extension LineContents {
  private func namedScheduler(_ words: Words) -> KernelName? {
    name(scheduler, atMost: KernelName.longestScheduler, words: words)
  }

  private func scheduler(_ words: Words) -> KernelName {
    namedScheduler(words) ?? .weightedLeastConnections
  }

  /// The scheduler that the service will have; nil where the line does not say.
  private func knownScheduler(_ words: Words) -> KernelName? {
    given.contains(.keepRest) ? namedScheduler(words) : scheduler(words)
  }

  private func virtualService(
    _ schedulerFlags: ServiceFlags, words: Words
  ) throws(GrammarError) -> VirtualService {
    let identity = try requiredService
    var flags = schedulerFlags
    if given.contains(.onePacket) { flags.insert(.onePacket) }
    if case .endpoint(let transport, let endpoint) = identity {
      guard endpoint.port != 0 || persistence != nil else { throw .values(.zeroPort(identity)) }
      guard transport == .udp || !flags.contains(.onePacket) else {
        throw .values(.onePacketOverStream(identity))
      }
    }
    return VirtualService(
      identity, scheduler: scheduler(words), flags: flags, persistence: persistence,
      netmask: settledNetmask,
      engine: name(persistenceEngine, atMost: KernelName.longestEngine, words: words))
  }

  /// The netmask in the family of the service.
  private var settledNetmask: Netmask? {
    family == .ipv6
      ? prefixLength.map { .ipv6(prefixLength: $0) } : netmaskAddress.map { .ipv4($0) }
  }

  /// The real server's address with its own port or that of the service.
  private func serverEndpoint() throws(GrammarError) -> Endpoint {
    guard let server else { throw .options(.missing(.realServer, for: command)) }
    var port: UInt16 = 0
    if case .number(let own) = server.port {
      port = own
    } else if case .endpoint(_, let virtual) = try requiredService {
      port = virtual.port
    }
    return Endpoint(server.address, port: port)
  }

  private func realServer() throws(GrammarError) -> RealServer {
    let identity = try requiredService
    var endpoint = try serverEndpoint()
    // Only address translation can change the port (ipvsadm(8), `--real-server`).
    if case .endpoint(_, let virtual) = identity, method != .masquerading {
      endpoint.port = virtual.port
    }
    guard endpoint.address.family == identity.family || method == .tunneling else {
      throw .values(.differentFamilies(identity, endpoint))
    }
    return RealServer(
      endpoint, forwarding: method, tunnel: try tunnel(),
      weight: given.contains(.weight) ? Weight(self[number: .weight]) ?? .one : .one,
      upperThreshold: self[number: .upperThreshold],
      lowerThreshold: self[number: .lowerThreshold])
  }

  private func tunnel() throws(GrammarError) -> Tunnel {
    let options = given.intersection(.tunnel)
    guard method == .tunneling else {
      guard let first = options.first else { return Tunnel() }
      throw .options(.noTunnel(first))
    }
    switch OptionRules[tunnelKind].fault(in: options.intersection(.tunnelDetails)) {
    case nil: break
    case .missing(let option): throw .options(.missingInTunnel(option, tunnelKind))
    case .illegal(let option): throw .options(.illegalInTunnel(option, tunnelKind))
    case .exclusive(let option, let earlier):
      throw .options(.exclusiveInTunnel(option, with: earlier, tunnelKind))
    }
    var flags: Tunnel.Flags = []
    if options.contains(.tunnelChecksum) { flags.insert(.checksum) }
    if options.contains(.tunnelRemoteChecksum) { flags.insert(.remoteChecksum) }
    return Tunnel(tunnelKind, port: UInt16(self[number: .tunnelPort]), flags: flags)
  }
}

extension LineContents {
  private func daemon(_ words: Words) -> SyncDaemon {
    func number<Number: FixedWidthInteger>(_ option: OptionName) -> Number? {
      given.contains(option) ? Number(exactly: self[number: option]) : nil
    }
    return SyncDaemon(
      role,
      interface: name(interface, atMost: KernelName.longestInterface, words: words)
        ?? .firstEthernet,
      syncID: self[number: .syncID], maximumLength: number(.syncMaximumLength),
      group: group, port: number(.multicastPort), timeToLive: number(.multicastTimeToLive))
  }
}
