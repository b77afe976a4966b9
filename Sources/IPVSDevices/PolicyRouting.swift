internal import Glibc
internal import IPVSAddresses
public import IPVSText

/// Leads the packets of virtual services through a device before the system looks at them, though
/// their addresses are its own, and leads what comes back from the device on its way.
///
/// It takes policy routing (`PolicyRoutingPlan`). Its rules must stand before the one for local addresses,
/// which is moved behind them, and at the end moved back. Should the process be killed, the device is
/// gone and the tables empty, so that the rules that are left have no effect; whoever diverts next
/// takes them away.
public struct PolicyRouting: ~Copyable {
  private typealias Number = PolicyRoutingPlan.Number

  /// The mark of who made the rules.
  private static let maker = 204

  /// What comes from the device may have the director's own address as its source, namely the virtual
  /// one, or the client's, to whom the way is another. The greater of its filter and that for all devices
  /// counts: 0 asks nothing, and where there is no 0 to be had, 2 asks only that there is a way at all,
  /// if the device has an address.
  private static var deviceSettings: [(String, String)] {
    let filter = SystemSetting(path: "/proc/sys/net/ipv4/conf/all/rp_filter").value
    return [("accept_local", "1"), ("rp_filter", filter == "0" ? "0" : "2")]
  }

  /// Whether the system looks for the socket of a packet before it looks for its way. It does not route a
  /// packet with a socket anywhere else, such as a real server's answer to the director itself.
  private static let earlyDemux = SystemSetting(path: "/proc/sys/net/ipv4/ip_early_demux")

  /// The address of nobody (RFC 7600), in a scope in which nothing is sent from it.
  private static let deviceAddress = "192.0.0.8/32 scope host"

  private let device: String

  /// The system did look for sockets first.
  private let looksForSockets: Bool

  private var entries: [AddressFamily: Set<PolicyRoutingPlan.Entry>]

  /// Prepares the routes; nothing is led astray yet.
  ///
  /// - Parameter device: The name of the device, which is up.
  public static func prepared(
    through device: ByteString
  ) throws(PolicyRoutingError) -> PolicyRouting {
    try setUp(device)
    let policyRouting = PolicyRouting(device, families)
    for family in families { try policyRouting.frame(family) }
    return policyRouting
  }

  private init(_ device: ByteString, _ families: [AddressFamily]) {
    self.device = device.description
    entries = Dictionary(uniqueKeysWithValues: families.map { ($0, []) })
    looksForSockets = Self.earlyDemux.value == "1"
    if looksForSockets { _ = Self.earlyDemux.set("0") }
    for family in families { Self.undo(family) }
  }

  private static func setUp(_ device: ByteString) throws(PolicyRoutingError) {
    for (setting, value) in deviceSettings {
      let setting = SystemSetting(path: "/proc/sys/net/ipv4/conf/\(device)/\(setting)")
      guard setting.set(value) else { throw .setting(ByteString(setting.path)) }
    }
  }

  /// Those that the machine has.
  private static var families: [AddressFamily] {
    access("/proc/sys/net/ipv6", F_OK) == 0 ? [.ipv4, .ipv6] : [.ipv4]
  }

  private func frame(_ family: AddressFamily) throws(PolicyRoutingError) {
    let address = family == .ipv4 ? ["addr add \(Self.deviceAddress) dev \(device)"] : []
    let frame = PolicyRoutingPlan.frame(device).map { $0.adding(device, maker: Self.maker) }
    let said = RoutingTool.run(address + frame + ["rule del pref 0 lookup local"], family)
    if let said { throw .routing(said) }
  }

  deinit {
    for family in entries.keys { Self.undo(family) }
    if looksForSockets, Self.earlyDemux.value == "0" { _ = Self.earlyDemux.set("1") }
  }

  /// Leads these flows and no others through the device.
  public mutating func lead(_ flows: Set<InterceptedFlow>) throws(PolicyRoutingError) {
    for (family, present) in entries {
      let plan = PolicyRoutingPlan(flows.filter { $0.address.family == family }, family)
      let added = plan.entries.subtracting(present).sorted { $0.place < $1.place }
      let removed = present.subtracting(plan.entries).sorted { $0.place > $1.place }
      entries[family] = plan.entries
      let said = RoutingTool.run(
        added.map { $0.adding(device, maker: Self.maker) } + removed.map { $0.removing(device) },
        family)
      if let said { throw .routing(said) }
    }
  }

  /// Makes sure that no other process leads packets through a device, which then is there. To be called
  /// before one is made.
  public static func checkUnused() throws(PolicyRoutingError) {
    for family in families {
      let rules = RoutingTool.run(["rule show pref \(Number.returning)"], family)
      for rule in (rules?.description ?? "").split(separator: "\n") where rule.contains(" iif ") {
        guard rule.contains("[detached]") else { throw .inUse }
      }
    }
  }

  /// Puts everything back, whatever is there.
  private static func undo(_ family: AddressFamily) {
    _ = RoutingTool.run(
      [
        "rule add pref 0 lookup local protocol kernel", "rule flush protocol \(maker)",
        "route flush table \(Number.virtual)", "route flush table \(Number.all)",
      ], family)
  }
}

/// Why packets cannot be led through a device.
public enum PolicyRoutingError: Error, Hashable, Sendable {
  /// Another process leads packets through a device of its own.
  case inUse

  /// A file of /proc/sys cannot be written.
  case setting(ByteString)

  /// What ip(8) said, possibly in several lines.
  case routing(ByteString)
}
