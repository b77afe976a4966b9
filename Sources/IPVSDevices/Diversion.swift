public import IPVSAddresses
public import IPVSText

/// Leads the packets of virtual services through a device before the system looks at them, though
/// their addresses are its own, and leads what comes back from the device on its way.
///
/// It takes policy routing (ip-rule(8)): packets from the device are routed as ever; packets *to* a
/// virtual address, and packets *from* a masqueraded real server, go to a routing table that knows
/// nothing but the device. These rules must stand before the one for local addresses, which is moved
/// behind them, and at the end moved back. Should the process be killed, the device is gone, the
/// table empty, and the rules that are left have no effect.
public struct Diversion: ~Copyable {
  /// What is led through the device.
  public enum Target: Hashable, Sendable {
    case to(IPAddress)
    case from(IPAddress)

    fileprivate var family: AddressFamily {
      switch self {
      case .to(let address), .from(let address): address.family
      }
    }

    fileprivate var selector: String {
      switch self {
      case .to(let address): "to \(address)"
      case .from(let address): "from \(address)"
      }
    }
  }

  /// The routing table, and the places of the rules: a range that ip-rule(8) leaves to users.
  private enum Number {
    static let table = 20_406
    static let returning = 100
    static let diverting = 200
    static let local = 300
  }

  private let device: String
  private var targets: Set<Target> = []

  /// Prepares the routes; nothing is led astray yet.
  ///
  /// - Parameter device: The name of the device, which is up.
  public init(through device: ByteString) throws(DiversionError) {
    self.device = device.description
    let name = self.device
    for family in [AddressFamily.ipv4, .ipv6] {
      let said = RoutingTool.run(
        [
          "rule add pref \(Number.returning) iif \(name) lookup local",
          "rule add pref \(Number.returning + 1) iif \(name) lookup main",
          "rule add pref \(Number.local) lookup local",
          "rule del pref 0 lookup local",
          "route replace default dev \(name) table \(Number.table)",
        ], family)
      if let said {
        Self.undo(name, [])
        throw DiversionError(said: said)
      }
    }
  }

  deinit {
    Self.undo(device, targets)
  }

  /// Leads these and no others through the device.
  public mutating func lead(_ wanted: Set<Target>) throws(DiversionError) {
    for family in [AddressFamily.ipv4, .ipv6] {
      let added = wanted.subtracting(targets).filter { $0.family == family }
      let removed = targets.subtracting(wanted).filter { $0.family == family }
      let said = RoutingTool.run(
        added.map { "rule add " + Self.rule($0) } + removed.map { "rule del " + Self.rule($0) },
        family)
      targets.formUnion(added)
      targets.subtract(removed)
      if let said { throw DiversionError(said: said) }
    }
  }

  private static func rule(_ target: Target) -> String {
    "pref \(Number.diverting) \(target.selector) lookup \(Number.table)"
  }

  private static func undo(_ device: String, _ targets: Set<Target>) {
    for family in [AddressFamily.ipv4, .ipv6] {
      let diverting = targets.filter { $0.family == family }.map { "rule del " + rule($0) }
      _ = RoutingTool.run(
        diverting + [
          "rule add pref 0 lookup local",
          "rule del pref \(Number.local) lookup local",
          "rule del pref \(Number.returning) iif \(device) lookup local",
          "rule del pref \(Number.returning + 1) iif \(device) lookup main",
          "route flush table \(Number.table)",
        ], family)
    }
  }
}

/// ip(8) could not set a route or a rule.
public struct DiversionError: Error, Hashable, Sendable {
  /// What it said, possibly in several lines.
  public let said: ByteString
}
