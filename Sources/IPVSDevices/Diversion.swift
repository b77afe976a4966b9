internal import Glibc
internal import IPVSAddresses
public import IPVSText

/// Leads the packets of virtual services through a device before the system looks at them, though
/// their addresses are its own, and leads what comes back from the device on its way.
///
/// It takes policy routing (`DiversionPlan`). Its rules must stand before the one for local addresses,
/// which is moved behind them, and at the end moved back. Should the process be killed, the device is
/// gone and the tables empty, so that the rules that are left have no effect; whoever diverts next
/// takes them away.
public struct Diversion: ~Copyable {
  private typealias Number = DiversionPlan.Number

  /// The mark of who made the rules.
  private static let maker = 204

  /// What comes from the device may have the director's own address as its source, namely the virtual
  /// one, or the client's, to whom the way is another. The greater of this filter and that for all
  /// devices counts, and 2 asks only that there is a way at all.
  private static let deviceSettings = [("accept_local", "1"), ("rp_filter", "2")]

  private let device: String
  private var entries: [AddressFamily: Set<DiversionPlan.Entry>] = [:]

  /// Prepares the routes; nothing is led astray yet.
  ///
  /// - Parameter device: The name of the device, which is up.
  public init(through device: ByteString) throws(DiversionError) {
    self.device = device.description
    for (setting, value) in Self.deviceSettings {
      let path = "/proc/sys/net/ipv4/conf/\(device)/\(setting)"
      guard SystemSetting.write(value, to: path) else { throw .setting(ByteString(path)) }
    }
    let families: [AddressFamily] =
      access("/proc/sys/net/ipv6", F_OK) == 0 ? [.ipv4, .ipv6] : [.ipv4]
    for family in families { try Self.checkUnused(family) }
    for family in families {
      entries[family] = []
      Self.undo(family)
      let frame = DiversionPlan.frame(self.device).map {
        $0.adding(self.device, maker: Self.maker)
      }
      let said = RoutingTool.run(frame + ["rule del pref 0 lookup local"], family)
      if let said { throw .routing(said) }
    }
  }

  deinit {
    for family in entries.keys { Self.undo(family) }
  }

  /// Leads these flows and no others through the device.
  public mutating func lead(_ flows: Set<DivertedFlow>) throws(DiversionError) {
    for (family, present) in entries {
      let plan = DiversionPlan(flows.filter { $0.address.family == family }, family)
      let added = plan.entries.subtracting(present).sorted { $0.place < $1.place }
      let removed = present.subtracting(plan.entries).sorted { $0.place > $1.place }
      entries[family] = plan.entries
      let said = RoutingTool.run(
        added.map { $0.adding(device, maker: Self.maker) } + removed.map { $0.removing(device) },
        family)
      if let said { throw .routing(said) }
    }
  }

  /// Another process has its rules here, if the device that they name is there.
  private static func checkUnused(_ family: AddressFamily) throws(DiversionError) {
    let rules = RoutingTool.run(["rule show pref \(Number.returning)"], family)?.description ?? ""
    for rule in rules.split(separator: "\n") where rule.contains(" iif ") {
      guard rule.contains("[detached]") else { throw .inUse }
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
public enum DiversionError: Error, Hashable, Sendable {
  /// Another process leads packets through a device of its own.
  case inUse

  /// A file of /proc/sys cannot be written.
  case setting(ByteString)

  /// What ip(8) said, possibly in several lines.
  case routing(ByteString)
}
