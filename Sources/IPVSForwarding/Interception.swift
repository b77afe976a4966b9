// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSBalancing
internal import IPVSDevices
internal import IPVSText

/// Leads the packets of virtual services and of masqueraded servers to a device: which ones follows from
/// the rules, and policy routing does it.
struct Interception: ~Copyable {
  /// Nil: someone else sets the routes.
  private var policyRouting: PolicyRouting?

  /// The flows that rules ask for.
  private var asked: Set<InterceptedFlow> = []

  /// The flows that rules asked for until lately, with the time at which they ceased to. They are
  /// intercepted while a connection needs them.
  private var left: [InterceptedFlow: Instant] = [:]
  private var search = ConnectionSearch()

  /// Interception by routes that someone else sets.
  init() {}

  /// - Parameter device: The device, which is up.
  init(through device: ByteString) throws(PolicyRoutingError) {
    policyRouting = try PolicyRouting.prepared(through: device)
  }

  /// Checks, before a device is made, that no other process leads packets to one of its own.
  static func checkUnused() throws(PolicyRoutingError) { try PolicyRouting.checkUnused() }

  /// Whether the routes are set here.
  var setsRoutes: Bool { policyRouting != nil }

  /// The settings under /proc/sys that must be on for the system to pass on packets of services, and are
  /// off. Empty where someone else sets the routes.
  var missingSettings: [String] {
    setsRoutes ? ForwardingSettings.missing(for: Set(asked.map(\.address.family))) : []
  }

  /// The addresses of services that are the system's own. Nil where someone else sets the routes: those
  /// that packets to services come by say that they are for this machine.
  var localAddresses: Set<IPAddress>? {
    switch policyRouting {
    case .some(let policyRouting): policyRouting.localAddresses
    case .none: nil
    }
  }

  /// The present name of the device. Nil where someone else sets the routes.
  var device: ByteString? {
    switch policyRouting {
    case .some(let policyRouting): policyRouting.device
    case .none: nil
    }
  }

  /// For poll(2): readable when another program has changed routes. Nil where someone else sets them.
  var descriptor: Int32? {
    switch policyRouting {
    case .some(let policyRouting): policyRouting.descriptor
    case .none: nil
    }
  }

  /// Takes note of the flows that the rules ask for.
  ///
  /// - Returns: These, and those of connections that may outlive their rules.
  mutating func note(_ rules: InterceptSet, at now: Instant) -> InterceptSet {
    let gone = asked.subtracting(rules.flows)
    if !gone.isEmpty { search.restart() }
    for flow in gone { left[flow] = now }
    asked = rules.flows
    for flow in asked { left[flow] = nil }
    var all = rules
    for flow in left.keys { all.add(flow) }
    return all
  }

  /// Leads these flows and no others to the device.
  mutating func lead(_ flows: Set<InterceptedFlow>) throws(PolicyRoutingError) {
    try policyRouting?.lead(flows)
  }

  /// Sets again what other programs have changed of the routes, and looks for flows that no connection
  /// needs any more.
  ///
  /// - Returns: What was lost, and whether flows are to be led anew, since addresses have become local or
  ///   ceased to be so, or flows are not needed.
  mutating func maintain(
    _ balancer: borrowing Balancer, at now: Instant
  ) throws(PolicyRoutingError) -> (losses: Set<RoutingLoss>, isOutdated: Bool) {
    let unneeded = search.unneeded(of: left.keys, balancer, at: now).filter {
      isOver($0, balancer.settings, at: now)
    }
    for flow in unneeded { left[flow] = nil }
    guard setsRoutes else { return ([], !unneeded.isEmpty) }
    let before = localAddresses
    let losses =
      try policyRouting?.repair(at: now.ticks * 1000 / Instant.ticksPerSecond) ?? []
    return (losses, !unneeded.isEmpty || localAddresses != before)
  }
}

extension Interception {
  /// Whether a flow that no connection needs has no effect any more.
  ///
  /// With schedule_icmp the balancer looks at every ICMP error: one of a former server can begin a
  /// connection, or be dropped for its quoted packet. It may quote a packet of any connection that the
  /// server has had, so the flow stays for as long as one of those can last.
  private func isOver(_ flow: InterceptedFlow, _ settings: Settings, at now: Instant) -> Bool {
    guard settings.scheduleIcmp != 0, let end = left[flow] else { return true }
    let longest = max(settings.tcpTimeout, settings.tcpFinTimeout, settings.udpTimeout)
    return now.ticks(since: end) >= UInt64(longest) * Instant.ticksPerSecond
  }
}

/// Finds out, part by part, which flows no connection needs.
private struct ConnectionSearch {
  /// The connections of a part. With a part each second, a search through a million takes 16 seconds.
  private static let part = 1 << 16

  /// The flows that the search is about and that no connection seen so far needs.
  private var candidates: Set<InterceptedFlow> = []
  private var position: UInt32 = 0
  private var next = Instant(ticks: 0)

  /// Begins again, since there are flows that were not searched for.
  mutating func restart() { position = 0 }

  /// Searches on, if it is time to.
  ///
  /// - Parameter flows: What to ask about when a search begins.
  /// - Returns: Those that no connection needs, if the search is at its end.
  mutating func unneeded(
    of flows: some Collection<InterceptedFlow>, _ balancer: borrowing Balancer, at now: Instant
  ) -> Set<InterceptedFlow> {
    guard !flows.isEmpty, now >= next else { return [] }
    next = now.advanced(byTicks: Instant.ticksPerSecond)
    if position == 0 { candidates = Set(flows) }
    var needless = candidates
    let hasMore = balancer.forEachConnection(from: &position, limit: Self.part) {
      Self.remove($0, from: &needless)
    }
    candidates = needless
    guard !hasMore else { return [] }
    position = 0
    return candidates.intersection(flows)
  }

  private static func remove(_ connection: ConnectionEnds, from flows: inout Set<InterceptedFlow>) {
    let virtual = IPAddress(connection.virtual, connection.family)
    let server = IPAddress(connection.server, connection.serverFamily)
    let ends: [(InterceptedFlow.End, IPAddress, UInt16)] = [
      (.service, virtual, connection.virtualPort),
      (.virtualSource, virtual, connection.virtualPort),
      (.server, server, connection.serverPort),
    ]
    for (end, address, port) in ends {
      for port in [port, 0] {
        flows.remove(InterceptedFlow(end, address, transport: connection.transport, port: port))
      }
    }
  }
}
