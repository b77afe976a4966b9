internal import IPVSAddresses
internal import IPVSBalancing
internal import IPVSDevices
internal import IPVSText

/// Leads the packets of virtual services and of masqueraded servers to a device: which ones follows from
/// the rules, and policy routing does it.
struct Interception: ~Copyable {
  /// How long flows are intercepted that no rule asks for any more, in ticks: connections outlive their
  /// rules, by no longer than one without packets lives.
  private static let afterlife = 900 * Instant.ticksPerSecond

  /// Nil: someone else sets the routes.
  private var policyRouting: PolicyRouting?

  /// The flows that rules ask for, and when the rules went that asked for others.
  private var asked: Set<InterceptedFlow> = []
  private var left: [InterceptedFlow: Instant] = [:]

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

  /// Takes note of the flows that the rules ask for.
  ///
  /// - Returns: These and the flows whose rules went lately.
  mutating func note(_ rules: InterceptSet, at now: Instant) -> InterceptSet {
    for flow in asked { left[flow] = now }
    asked = rules.flows
    left = left.filter { flow, end in
      !asked.contains(flow) && now.ticks(since: end) <= Self.afterlife
    }
    var all = rules
    for flow in left.keys { all.add(flow) }
    return all
  }

  /// Leads these flows and no others to the device.
  mutating func lead(_ flows: Set<InterceptedFlow>) throws(PolicyRoutingError) {
    try policyRouting?.lead(flows)
  }
}
