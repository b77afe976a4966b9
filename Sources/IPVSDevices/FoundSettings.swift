// SPDX-License-Identifier: Apache-2.0

internal import IPVSSystem
internal import IPVSText

/// The settings of the system and of the device as they were before they were changed for the device.
///
/// A rule records them, with the maker of the rule for local addresses: one that does nothing, with a
/// firewall mark that holds them. Its priority is 0, which `ip rule flush` spares.
struct FoundSettings {
  /// Whether the system looks for the socket of a packet before it looks for its route. A packet that has
  /// a socket is not routed anywhere else, such as an answer of a real server to the director itself.
  static let earlyDemux = SystemSetting(path: "/proc/sys/net/ipv4/ip_early_demux")

  /// The bits of the mark.
  private enum Mark {
    static let earlyDemux: UInt32 = 1 << 0
    static let acceptsLocal: UInt32 = 1 << 1
    static let address: UInt32 = 1 << 2
    static let reversePathFilter = 4
    static let localMaker = 8

    /// No record is without it.
    static let always: UInt32 = 1 << 16
  }

  var hasEarlyDemux: Bool
  let device: DeviceSettings

  /// The device did not have our address.
  let hadNoAddress: Bool

  /// - Parameters:
  ///   - device: The name of the device.
  ///   - rules: Those of IPv4: a record among them, which a process left that was killed, says what was
  ///     found. What it says of a device counts for the same one only.
  init(of device: ByteString, leftBy rules: [RoutingRule]) {
    let mark = Self.mark(in: rules)
    let isSameDevice = rules.contains {
      PolicyRoutingPlan.Maker.own.contains($0.maker) && $0.device == device
    }
    hasEarlyDemux = Self.earlyDemux.value == "1" || (mark ?? 0) & Mark.earlyDemux != 0
    if let mark, isSameDevice {
      self.device = DeviceSettings(
        acceptsLocal: mark & Mark.acceptsLocal != 0,
        reversePathFilter: UInt8(mark >> UInt32(Mark.reversePathFilter) & 3))
      hadNoAddress = mark & Mark.address == 0
    } else {
      self.device = DeviceSettings(of: device)
      hadNoAddress = true
    }
  }

  /// The rule that records what was found.
  func record(_ local: RoutingRule?) -> RoutingRule {
    var rule = RoutingRule(0, PolicyRoutingPlan.Maker.engine, .nothing)
    rule.mark =
      Mark.always | (hasEarlyDemux ? Mark.earlyDemux : 0)
      | (device.acceptsLocal ? Mark.acceptsLocal : 0) | (hadNoAddress ? 0 : Mark.address)
      | UInt32(device.reversePathFilter) << UInt32(Mark.reversePathFilter)
      | UInt32(local?.maker ?? 0) << UInt32(Mark.localMaker)
    return rule
  }

  /// The first rule for local addresses that is not one of ours, as it was before an earlier process
  /// changed it; the kernel's own where there is none.
  static func localRule(in rules: [RoutingRule]) -> RoutingRule {
    typealias Maker = PolicyRoutingPlan.Maker
    guard var rule = rules.first(where: { $0.isLocalLookup && !Maker.own.contains($0.maker) })
    else {
      return RoutingRule(0, Maker.kernel, .lookUp(table: RoutingTable.local))
    }
    if rule.maker == Maker.kernel, let maker = localMaker(in: rules) { rule.maker = maker }
    return rule
  }

  /// The maker of the rule for local addresses that a record names.
  private static func localMaker(in rules: [RoutingRule]) -> UInt8? {
    mark(in: rules).map { UInt8(truncatingIfNeeded: $0 >> UInt32(Mark.localMaker)) }
  }

  private static func mark(in rules: [RoutingRule]) -> UInt32? {
    rules.first {
      $0.maker == PolicyRoutingPlan.Maker.engine && $0.action == .nothing
        && $0.mark & Mark.always != 0
    }?.mark
  }
}

/// Settings of a device for IPv4.
///
/// What comes from ours may have the director's own address as its source, namely the virtual one, or a
/// client's, to which the route leads elsewhere.
struct DeviceSettings: Hashable {
  var acceptsLocal: Bool

  /// 0 to 2.
  var reversePathFilter: UInt8

  private static func path(_ device: ByteString, _ setting: String) -> String {
    "/proc/sys/net/ipv4/conf/\(device)/\(setting)"
  }

  /// A setting and its value.
  struct Value {
    let path: String
    let value: String

    func set() -> Bool { SystemSetting(path: path).set(value) }
  }

  /// What our device needs. The greater of its filter and that for all devices counts: 0 asks nothing, and
  /// where there is no 0 to be had, 2 asks only that there is a route at all, if the device has an address.
  static func wanted(_ device: ByteString) -> [Value] {
    DeviceSettings(acceptsLocal: true, reversePathFilter: filter(of: "all") == 0 ? 0 : 2)
      .values(device)
  }

  /// Whether the device can have packets as it is. A filter of 1 would drop those of clients.
  static func areSufficient(_ device: ByteString) -> Bool {
    let settings = DeviceSettings(of: device)
    return settings.acceptsLocal && max(settings.reversePathFilter, filter(of: "all")) != 1
  }

  private static func filter(of device: ByteString) -> UInt8 {
    SystemSetting(path: path(device, "rp_filter")).value.flatMap { UInt8($0) } ?? 0
  }

  /// The settings as they are.
  init(of device: ByteString) {
    acceptsLocal = SystemSetting(path: Self.path(device, "accept_local")).value == "1"
    reversePathFilter = Self.filter(of: device)
  }

  init(acceptsLocal: Bool, reversePathFilter: UInt8) {
    (self.acceptsLocal, self.reversePathFilter) = (acceptsLocal, reversePathFilter)
  }

  func restore(_ device: ByteString) {
    for value in values(device) { _ = value.set() }
  }

  private func values(_ device: ByteString) -> [Value] {
    [
      Value(path: Self.path(device, "accept_local"), value: acceptsLocal ? "1" : "0"),
      Value(path: Self.path(device, "rp_filter"), value: "\(reversePathFilter)"),
    ]
  }
}
