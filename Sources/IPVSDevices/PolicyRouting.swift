// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import IPVSAddresses
internal import IPVSNetlinkFormat
public import IPVSText

/// Leads the packets of virtual services through a device before the system delivers them, and sets up
/// what that takes of policy routing (`PolicyRoutingPlan`), of the device, and of the system's settings.
///
/// It notices when other programs change any of that, and sets it again. At the end it puts everything
/// back. After a process that was killed the rules have no effect, since the device is gone; the next
/// one deletes them. A rule among them (`FoundSettings`) tells it what to put back: it is in the network
/// namespace that the settings belong to and vanishes with it, which no file under /run does.
public struct PolicyRouting: ~Copyable {
  private typealias Maker = PolicyRoutingPlan.Maker
  private typealias Table = PolicyRoutingPlan.Table
  private typealias MessageType = RoutingSocket.MessageType

  /// What is set of one family, as far as is known.
  private struct Family {
    /// The rule for local addresses as it was found.
    var local: RoutingRule

    /// Our rules and the one for local addresses, in the order in which the kernel has them.
    var rules: [RoutingRule] = []
    var routes: Set<DeviceRoute> = []
  }

  private let socket: RoutingSocket
  private var monitor: RoutingMonitor
  private var link: Link
  private let found: FoundSettings
  private var families: [AddressFamily: Family] = [:]
  private var flows: Set<InterceptedFlow> = []
  private var pace = RepairPace()

  /// Something may be other than it was set.
  private var isDirty = false

  /// What was lost and not yet told.
  private var losses: Set<RoutingLoss> = []

  /// The addresses of services that are local to the system, by its addresses and its local routes.
  public private(set) var localAddresses: Set<IPAddress> = []

  /// Sets up the rules and routes that there always are; no flows are led through the device yet.
  ///
  /// - Parameter device: The name of the device, which is up.
  public static func prepared(
    through device: ByteString
  ) throws(PolicyRoutingError) -> PolicyRouting {
    let socket = try socket()
    let monitor: RoutingMonitor
    do throws(RoutingFailure) { monitor = try RoutingMonitor() } catch {
      throw .socket(errno: error.errno)
    }
    guard let link = Link.named(device, socket) else { throw .socket(errno: ENODEV) }
    var policyRouting = PolicyRouting(socket, monitor, link)
    try policyRouting.setUp()
    return policyRouting
  }

  private init(_ socket: RoutingSocket, _ monitor: consuming RoutingMonitor, _ link: Link) {
    self.socket = socket
    self.monitor = monitor
    self.link = link
    found = FoundSettings(of: link.name, leftBy: Self.rules(.ipv4, socket))
    for family in Self.availableFamilies {
      let local = Self.localRule(of: Self.rules(family, socket)) ?? Self.usualLocalRule
      families[family] = Family(local: local)
    }
  }

  private static func socket() throws(PolicyRoutingError) -> RoutingSocket {
    do throws(RoutingFailure) { return try RoutingSocket() } catch {
      throw .socket(errno: error.errno)
    }
  }

  /// Sets what a device and the system need, the record of what was found first.
  private mutating func setUp() throws(PolicyRoutingError) {
    let record = found.record(families[.ipv4]?.local)
    if !Self.rules(.ipv4, socket).contains(record) {
      _ = try change([RuleStep.add(record).request(.ipv4)])
    }
    for setting in DeviceSettings.wanted(link.name) {
      guard setting.set() else { throw .setting(ByteString(setting.path)) }
    }
    if found.hasEarlyDemux { _ = FoundSettings.earlyDemux.set("0") }
    try synchronize()
    losses = []
  }

  deinit {
    if found.hasEarlyDemux, FoundSettings.earlyDemux.value == "0" {
      _ = FoundSettings.earlyDemux.set("1")
    }
    for (family, state) in families { Self.undo(family, state.local, link, socket) }
    found.device.restore(link.name)
    if found.hadNoAddress {
      _ = try? socket.change([link.addressRequest(MessageType.deleteAddress)])
    }
  }

  /// The families that the machine has.
  private static var availableFamilies: [AddressFamily] {
    access("/proc/sys/net/ipv6", F_OK) == 0 ? [.ipv4, .ipv6] : [.ipv4]
  }
}

// MARK: - What there is

extension PolicyRouting {
  /// Makes sure that no other process leads packets through a device, and that no other rules are where
  /// ours have to be. To be called before a device is made.
  public static func checkUnused() throws(PolicyRoutingError) {
    let socket = try socket()
    for family in availableFamilies {
      let rules = rules(family, socket)
      let local = localRule(of: rules) ?? usualLocalRule
      let reserved = PolicyRoutingPlan.reserved(local: local.priority)
      if let rule = rules.first(where: {
        reserved.contains($0.priority) && !Maker.own.contains($0.maker) && !$0.isLocalLookup
      }) {
        throw .priorityTaken(rule.priority)
      }
      for rule in rules where Maker.own.contains(rule.maker) {
        // A device that stayed behind when its process ended has no carrier.
        guard let device = rule.device, let link = Link.named(device, socket), !link.isLoopback
        else {
          continue
        }
        if link.hasCarrier { throw .inUse }
      }
    }
  }

  /// The rules of a family, in their order; none where they cannot be had.
  private static func rules(_ family: AddressFamily, _ socket: RoutingSocket) -> [RoutingRule] {
    var rules: [RoutingRule] = []
    let body = [family.number] + [UInt8](repeating: 0, count: 11)
    try? socket.list(RoutingSocket.Request(type: MessageType.getRule, body: body)) { message in
      if let rule = RoutingRule.read(message) { rules.append(rule) }
    }
    return rules
  }

  /// What a rule for local addresses is where there is none: the kernel's own.
  private static var usualLocalRule: RoutingRule {
    RoutingRule(0, Maker.kernel, .lookUp(table: RoutingTable.local))
  }

  /// The first rule for local addresses that is not one of ours, as it was before an earlier process
  /// changed it.
  private static func localRule(of rules: [RoutingRule]) -> RoutingRule? {
    guard var rule = rules.first(where: { $0.isLocalLookup && !Maker.own.contains($0.maker) })
    else {
      return nil
    }
    if rule.maker == Maker.kernel, let maker = FoundSettings.localMaker(in: rules) {
      rule.maker = maker
    }
    return rule
  }

  private static func routes(
    _ family: AddressFamily, _ link: Link, _ socket: RoutingSocket
  ) -> Set<DeviceRoute> {
    var routes: Set<DeviceRoute> = []
    for table in Table.own {
      let body = DeviceRoute.listing(family, table: table)
      try? socket.list(RoutingSocket.Request(type: MessageType.getRoute, body: body)) { message in
        if let route = DeviceRoute.read(message, device: link.index), route.table == table {
          routes.insert(route)
        }
      }
    }
    return routes
  }

  private func isLocal(_ address: IPAddress) -> Bool {
    let body = LocalAddress.question(address, device: link.index)
    let request = RoutingSocket.Request(type: MessageType.getRoute, body: body)
    return (try? socket.ask(request) { LocalAddress.isAffirmed(by: $0) }) ?? false
  }
}

// MARK: - Changes

extension PolicyRouting {
  /// Leads these flows and no others through the device.
  public mutating func lead(_ flows: Set<InterceptedFlow>) throws(PolicyRoutingError) {
    let known = Set(self.flows.lazy.filter { $0.end != .server }.map(\.address))
    let asked = Set(flows.lazy.filter { $0.end != .server }.map(\.address))
    self.flows = flows
    localAddresses = localAddresses.intersection(asked)
      .union(asked.subtracting(known).filter { isLocal($0) })
    do throws(PolicyRoutingError) {
      for family in families.keys { try apply(family) }
    } catch {
      // Somebody has changed what was set.
      try synchronize()
    }
  }

  /// Compares what was set with what is there, and sets what is missing.
  private mutating func synchronize() throws(PolicyRoutingError) {
    guard let link = Link.at(link.index, socket) else { throw .socket(errno: ENODEV) }
    if self.link.isUp, !link.isUp { losses.insert(.deviceDown) }
    if self.link.name != link.name { losses.insert(.rules) }
    self.link = link
    for setting in DeviceSettings.wanted(link.name) where !setting.isSet {
      losses.insert(.settings)
      guard setting.set() else { throw .setting(ByteString(setting.path)) }
    }
    if link.isUp, try change([link.addressRequest(MessageType.newAddress)]) == [0] {
      losses.insert(.address)
    }
    for family in families.keys { look(family) }
    for family in families.keys { try apply(family) }
    try followAddresses()
  }

  /// Leads services to the device whose addresses have become local, and no others.
  private mutating func followAddresses() throws(PolicyRoutingError) {
    let addresses = Set(flows.lazy.filter { $0.end != .server }.map(\.address))
    localAddresses = addresses.filter { isLocal($0) }
    for family in families.keys { try apply(family) }
  }

  /// Takes note of what is there of a family, and what is lost.
  private mutating func look(_ family: AddressFamily) {
    guard var state = families[family] else { return }
    let all = Self.rules(family, socket)
    let local = all.first { $0.isLocalLookup && !Maker.own.contains($0.maker) }
    if let local, local.priority != state.local.priority || local.maker != Maker.kernel {
      // It was made anew while we were here.
      if !state.rules.isEmpty { state.local = local }
    }
    let rules = all.filter {
      Maker.own.contains($0.maker)
        || $0.isLocalLookup && $0.priority == state.local.priority
    }
    let routes = Self.routes(family, link, socket)
    if !Set(state.rules).isSubset(of: rules) { losses.insert(local == nil ? .localRule : .rules) }
    if link.isUp, !state.routes.isSubset(of: routes) { losses.insert(.routes) }
    (state.rules, state.routes) = (rules, link.isUp ? routes : state.routes.union(routes))
    families[family] = state
  }

  /// Sets what is to be set of a family.
  private mutating func apply(_ family: AddressFamily) throws(PolicyRoutingError) {
    guard var state = families[family] else { return }
    let plan = PolicyRoutingPlan(
      flows.filter { $0.address.family == family }, family, through: link.name,
      isLocal: localAddresses.contains, local: state.local.priority)
    let rules = [found.record(state.local)] + plan.rules
    let steps = RuleStep.steps(from: state.rules, to: rules, ordered: plan.first)
    let routes = link.isUp ? plan.routes : state.routes.intersection(plan.routes)
    let requests =
      routes.subtracting(state.routes).map { link.request(MessageType.newRoute, $0, family) }
      + steps.map { $0.request(family) }
      + state.routes.subtracting(routes).map { link.request(MessageType.deleteRoute, $0, family) }
    guard !requests.isEmpty else { return }
    let results = try change(requests)
    (state.rules, state.routes) = (rules, routes)
    families[family] = state
    for (request, result) in zip(requests, results) where result != 0 {
      let isDeletion = [MessageType.deleteRule, MessageType.deleteRoute].contains(request.type)
      isDirty = true
      if !isDeletion { throw .refused(errno: result) }
    }
  }

  private func change(
    _ requests: [RoutingSocket.Request]
  ) throws(PolicyRoutingError) -> [Int32] {
    do throws(RoutingFailure) { return try socket.change(requests) } catch {
      throw .socket(errno: error.errno)
    }
  }

  /// Deletes our rules and routes, and puts the rule for local addresses back.
  private static func undo(
    _ family: AddressFamily, _ local: RoutingRule, _ link: Link, _ socket: RoutingSocket
  ) {
    let rules = rules(family, socket).filter {
      Maker.own.contains($0.maker) || $0.isLocalLookup && $0.priority == local.priority
    }
    let steps = RuleStep.steps(
      from: rules, to: [local], ordered: PolicyRoutingPlan.first(before: local.priority))
    let routes = routes(family, link, socket)
    _ = try? socket.change(
      steps.map { $0.request(family) }
        + routes.map { link.request(MessageType.deleteRoute, $0, family) })
  }
}

// MARK: - Repairs

extension PolicyRouting {
  /// The present name of the device.
  public var device: ByteString { link.name }

  /// For poll(2): readable when another program has changed something.
  public var descriptor: Int32 { monitor.descriptor }

  /// Sets again what other programs have changed since the last call, but only a few times at once and
  /// twice a second afterwards, so that one that deletes in a loop does not occupy this process.
  ///
  /// - Parameter milliseconds: The present, since any beginning.
  /// - Returns: what was lost.
  public mutating func repair(
    at milliseconds: UInt64
  ) throws(PolicyRoutingError) -> Set<RoutingLoss> {
    if monitor.hasChanges(besides: socket.port, device: link.index) { isDirty = true }
    if isDirty, pace.allows(at: milliseconds) {
      isDirty = false
      // Addresses change more often than others change our routing, and packets may follow at once.
      try? followAddresses()
      do throws(PolicyRoutingError) { try synchronize() } catch {
        isDirty = true
        throw error
      }
    }
    defer { losses = [] }
    return losses
  }
}

/// What other programs took away of the routing that leads packets through a device.
public enum RoutingLoss: Hashable, Sendable, CaseIterable {
  /// Rules of policy routing.
  case rules

  /// The rule for local addresses, without which the machine receives nothing.
  case localRule

  /// Routes through the device.
  case routes

  /// The address of the device.
  case address

  /// Settings of the device under /proc/sys.
  case settings

  /// The device was set down. This alone is not undone.
  case deviceDown
}

/// Why packets cannot be led through a device.
public enum PolicyRoutingError: Error, Hashable, Sendable {
  /// Another process leads packets through a device of its own.
  case inUse

  /// A rule of another program has one of the priorities that ours need for themselves.
  case priorityTaken(UInt32)

  /// A file of /proc/sys cannot be written.
  case setting(ByteString)

  /// The kernel cannot be asked about routing.
  case socket(errno: Int32)

  /// The kernel refused a rule or a route.
  case refused(errno: Int32)
}

/// How often lost routing is set again: a few times at once, then at an interval.
struct RepairPace {
  private static let burst = 8
  private static let interval: UInt64 = 500

  private var left = burst
  private var last: UInt64 = 0

  mutating func allows(at milliseconds: UInt64) -> Bool {
    let earned = (milliseconds - min(last, milliseconds)) / Self.interval
    if earned > 0 {
      left = min(Self.burst, left + Int(min(earned, UInt64(Self.burst))))
      last = milliseconds
    }
    guard left > 0 else { return false }
    left -= 1
    return true
  }
}

extension RuleStep {
  fileprivate func request(_ family: AddressFamily) -> RoutingSocket.Request {
    switch self {
    case .add(let rule):
      RoutingSocket.Request(
        type: RoutingSocket.MessageType.newRule, flags: .creating, body: rule.message(family))
    case .delete(let rule):
      RoutingSocket.Request(
        type: RoutingSocket.MessageType.deleteRule, body: rule.message(family))
    }
  }
}
