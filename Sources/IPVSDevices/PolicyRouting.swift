// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import IPVSAddresses
internal import IPVSNetlinkFormat
internal import IPVSSystem
public import IPVSText

/// Leads the packets of virtual services through a device before the system delivers them, and sets up
/// what that takes of policy routing (`PolicyRoutingPlan`), of the device, and of the system's settings.
///
/// It notices when other programs change any of that, and sets it again. At the end it puts everything
/// back. After a process that was killed the rules have no effect, since the device is gone; the next
/// one deletes them. A rule among them (`FoundSettings`) tells it what to put back: it is in the network
/// namespace that the settings belong to and vanishes with it, which no file under /run does.
public struct PolicyRouting: ~Copyable {
  typealias Maker = PolicyRoutingPlan.Maker
  typealias MessageType = RoutingSocket.MessageType

  let socket: RoutingSocket
  var monitor: RoutingMonitor
  var link: Link
  var found: FoundSettings
  var families: [AddressFamily: FamilyRouting] = [:]
  private(set) var flows: Set<InterceptedFlow> = []
  var pace = RepairPace()

  /// Whether early demultiplexing is this process's to change: in some containers it is not.
  var mayChangeEarlyDemux = true

  /// When settings are looked at next, in milliseconds: the kernel tells of no change of those.
  var nextLook: UInt64 = 0

  /// Something may be other than it was set.
  var isDirty = false

  /// What was lost and not yet told.
  var losses: Set<RoutingLoss> = []

  /// The addresses of services that are local to the system, by its addresses and its local routes.
  public internal(set) var localAddresses: Set<IPAddress> = []

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
    found = FoundSettings(of: link.name, leftBy: socket.rules(of: .ipv4))
    for family in Self.availableFamilies {
      families[family] = FamilyRouting(socket.rules(of: family))
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
    if !socket.rules(of: .ipv4).contains(record) {
      _ = try change([RuleStep.add(record).request(.ipv4)])
    }
    try changeSettings()
    try synchronize()
    losses = []
  }

  deinit {
    if found.hasEarlyDemux, FoundSettings.earlyDemux.value == "0" {
      _ = FoundSettings.earlyDemux.set("1")
    }
    for (family, state) in families { Self.undo(family, state, link, socket) }
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

extension PolicyRouting {
  /// Makes sure that no other process leads packets through a device, and that no other rules are where
  /// ours have to be. To be called before a device is made.
  public static func checkUnused() throws(PolicyRoutingError) {
    let socket = try socket()
    for family in availableFamilies {
      let rules = socket.rules(of: family)
      let local = FoundSettings.localRule(in: rules)
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
}

// MARK: - Changes

extension PolicyRouting {
  /// Leads these flows and no others through the device.
  public mutating func lead(_ flows: Set<InterceptedFlow>) throws(PolicyRoutingError) {
    let known = Set(self.flows.lazy.filter { $0.end != .server }.map(\.address))
    let asked = Set(flows.lazy.filter { $0.end != .server }.map(\.address))
    self.flows = flows
    localAddresses = localAddresses.intersection(asked)
      .union(asked.subtracting(known).filter { socket.isLocal($0, through: link) })
    do throws(PolicyRoutingError) {
      for family in families.keys { try apply(family) }
    } catch {
      // Another program has changed what was set.
      try synchronize()
    }
  }

  /// Sets what is to be set of a family.
  mutating func apply(_ family: AddressFamily) throws(PolicyRoutingError) {
    guard var state = families[family] else { return }
    let plan = PolicyRoutingPlan(
      flows.filter { $0.address.family == family }, family, through: link.name,
      isLocal: localAddresses.contains, local: state.local.priority)
    let rules = [found.record(state.local)] + plan.rules
    let steps = state.steps(to: rules)
    let routes = link.isUp ? plan.routes : state.routes.intersection(plan.routes)
    let requests =
      routes.subtracting(state.routes).map { link.request(MessageType.newRoute, $0, family) }
      + steps.map { $0.request(family) }
      + state.routes.subtracting(routes).map { link.request(MessageType.deleteRoute, $0, family) }
    guard !requests.isEmpty else { return }
    let results = try change(requests)
    state.adopt(rules)
    state.routes = routes
    families[family] = state
    for (request, result) in zip(requests, results) where result != 0 {
      let isDeletion = [MessageType.deleteRule, MessageType.deleteRoute].contains(request.type)
      isDirty = true
      if !isDeletion { throw .refused(errno: result) }
    }
  }

  func change(
    _ requests: [RoutingSocket.Request]
  ) throws(PolicyRoutingError) -> [Int32] {
    do throws(RoutingFailure) { return try socket.change(requests) } catch {
      throw .socket(errno: error.errno)
    }
  }

  /// Deletes our rules and routes, and puts the rule for local addresses back.
  private static func undo(
    _ family: AddressFamily, _ state: FamilyRouting, _ link: Link, _ socket: RoutingSocket
  ) {
    var state = state
    state.note(socket.rules(of: family))
    let steps = state.steps(to: [state.local])
    let routes = socket.routes(of: family, through: link)
    _ = try? socket.change(
      steps.map { $0.request(family) }
        + routes.map { link.request(MessageType.deleteRoute, $0, family) })
  }
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
