internal import IPVSAddresses
internal import IPVSPackets

/// The rules and routes that lead flows of one family through a device (ip-rule(8)).
///
/// The system goes through rules one by one, so that they are few: services are told by their ports,
/// and by routes in a table of their own; only servers have a rule for each address.
struct PolicyRoutingPlan {
  /// What is set of the system's routing, as ip(8) spells it.
  enum Entry: Hashable {
    case rule(place: Int, String)
    case route(String, table: Int)
  }

  /// The places of the rules, of which ip-rule(8) leaves 1...32765 to users, and the tables.
  enum Number {
    static let returning = 100
    static let services = 200
    static let server = 210
    static let others = 219
    static let servers = 220
    static let local = 300

    /// Where virtual addresses lead to the device.
    static let virtual = 20_406

    /// Where everything does.
    static let all = 20_407
  }

  /// More ports of a protocol than these are not told apart.
  private static let mostPorts = 32

  /// What a rule can name of ports.
  private static let ports = "1-65534"

  private static let icmp = TransportNumber.icmp
  private static let icmpv6 = TransportNumber.icmpv6
  private static let udp = TransportNumber.udp

  /// Encapsulating security payload, and authentication header: they go where the key exchange goes.
  private static let ipsec = [TransportNumber.esp, TransportNumber.ah]
  private static let keyExchange = WellKnownPort.keyExchange

  private(set) var entries: Set<Entry> = []

  /// - Parameter flows: Of one family.
  init(_ flows: some Collection<InterceptedFlow>, _ family: AddressFamily) {
    let services = flows.filter { $0.end == .service }
    let servers = flows.filter { $0.end == .server }
    for flow in services { entries.insert(.route("\(flow.address)", table: Number.virtual)) }
    for flow in servers {
      let place = Number.server + 1
      entries.insert(.rule(place: place, "from \(flow.address) goto \(Number.servers)"))
    }
    addRules(
      services, family, "dport", at: Number.services, to: Number.virtual, others: Number.server)
    addRules(servers, family, "sport", at: Number.servers, to: Number.all, others: Number.local)
  }

  /// What is there whatever the flows are: the ends of jumps, and the table for all.
  static func frame(_ device: String) -> [Entry] {
    [
      .rule(place: Number.returning, "iif \(device) lookup local"),
      .rule(place: Number.returning + 1, "iif \(device) lookup main"),
      .rule(place: Number.server, "iif \(device) goto \(Number.local)"),
      .rule(place: Number.others, "goto \(Number.local)"),
      .rule(place: Number.servers, "iif \(device) goto \(Number.local)"),
      .rule(place: Number.local, "lookup local"),
      .route("default", table: Number.all),
    ]
  }

  /// Leads the ports of some flows to a table, all others away, and what has no ports, because it is
  /// a piece of a datagram, to the table too.
  private mutating func addRules(
    _ flows: [InterceptedFlow], _ family: AddressFamily, _ selector: String, at place: Int,
    to table: Int, others: Int
  ) {
    var portsByTransport: [UInt8: Set<UInt16>] = [:]
    for flow in flows { portsByTransport[flow.transport, default: []].insert(flow.port) }
    for (transport, ports) in portsByTransport {
      if ports.count <= Self.mostPorts, !ports.contains(0), !ports.contains(.max) {
        for port in ports {
          let text = "ipproto \(transport) \(selector) \(port) lookup \(table)"
          entries.insert(.rule(place: place + 1, text))
        }
        let text = "ipproto \(transport) \(selector) \(Self.ports) goto \(others)"
        entries.insert(.rule(place: place + 2, text))
      }
      entries.insert(.rule(place: place + 3, "ipproto \(transport) lookup \(table)"))
    }
    if !portsByTransport.isEmpty { addErrors(family, at: place, to: table) }
    var alone: [UInt8] = []
    if let ports = portsByTransport[Self.udp], ports.contains(0) || ports.contains(Self.keyExchange)
    {
      alone += Self.ipsec
    }
    for transport in alone {
      entries.insert(.rule(place: place + 3, "ipproto \(transport) lookup \(table)"))
    }
  }

  /// Leads errors of ICMP, and whatever else is ICMP, unless it is for this machine. Of IPv6 that is
  /// neighbours finding each other, too, and an `ICMPErrorListener` has the errors.
  private mutating func addErrors(_ family: AddressFamily, at place: Int, to table: Int) {
    let selector = "ipproto \(family == .ipv4 ? Self.icmp : Self.icmpv6)"
    if table == Number.all {
      entries.insert(.rule(place: place + 2, "\(selector) lookup local"))
    } else if family == .ipv6 {
      return
    }
    entries.insert(.rule(place: place + 3, "\(selector) lookup \(table)"))
  }
}

extension PolicyRoutingPlan.Entry {
  /// The order in which entries are made: what leads away comes before what is left of it.
  var place: Int {
    switch self {
    case .route: 0
    case .rule(let place, _): place
    }
  }

  /// The line of `ip -batch` that makes the entry.
  func adding(_ device: String, maker: Int) -> String {
    switch self {
    case .rule(let place, let text): "rule add pref \(place) \(text) protocol \(maker)"
    case .route(let address, let table): "route replace \(address) dev \(device) table \(table)"
    }
  }

  /// The line that takes it away.
  func removing(_ device: String) -> String {
    switch self {
    case .rule(let place, let text): "rule del pref \(place) \(text)"
    case .route(let address, let table): "route del \(address) dev \(device) table \(table)"
    }
  }
}
