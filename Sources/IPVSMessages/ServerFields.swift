internal import IPVSAddresses
internal import IPVSNetlinkFormat
internal import IPVSRules

extension ServerMessage {
  /// The attributes of one real server as they come in, in any order.
  struct Fields {
    private typealias Key = IPVSFamily.Server

    private var family: AddressFamily
    private var address: UInt128?
    private var port: UInt16?
    private var forwarding: UInt32?
    private var weight: Weight?
    private var tunnel = Tunnel()
    private var upperThreshold: UInt32 = 0
    private var lowerThreshold: UInt32 = 0
    private var active: UInt32 = 0
    private var inactive: UInt32 = 0
    private var persistent: UInt32 = 0
    private var statistics = StatisticsMessage()

    init(family: AddressFamily) {
      self.family = family
    }

    mutating func read(_ type: UInt16, _ payload: RawSpan) throws(NetlinkFormatError) {
      switch Key(rawValue: type) {
      case .family: family = try payload.family(of: type)
      case .address: address = try payload.addressBits(of: type)
      case .port: port = try payload.port(of: type)
      case .forwarding: forwarding = try payload.number(UInt32.self, of: type)
      case .weight: weight = try readWeight(payload, type)
      case .upperThreshold: upperThreshold = try payload.number(UInt32.self, of: type)
      case .lowerThreshold: lowerThreshold = try payload.number(UInt32.self, of: type)
      case .activeConnections: active = try payload.number(UInt32.self, of: type)
      case .inactiveConnections: inactive = try payload.number(UInt32.self, of: type)
      case .persistentConnections: persistent = try payload.number(UInt32.self, of: type)
      case .statistics: try statistics.read(payload, wide: false)
      case .statistics64: try statistics.read(payload, wide: true)
      case .tunnelKind: tunnel.kind = .init(rawValue: try payload.number(UInt8.self, of: type))
      case .tunnelPort: tunnel.port = try payload.port(of: type)
      case .tunnelFlags: tunnel.flags = .init(rawValue: try payload.number(UInt16.self, of: type))
      case nil: break
      }
    }

    private func readWeight(_ payload: RawSpan, _ type: UInt16) throws(NetlinkFormatError) -> Weight
    {
      let value = try payload.number(UInt32.self, of: type)
      guard let weight = Weight(Int32(bitPattern: value)) else {
        throw .valueUnknown(type: type, value: UInt64(value))
      }
      return weight
    }

    func server() throws(NetlinkFormatError) -> ListedServer {
      let address = IPAddress(family, wireBits: try required(address, .address))
      let server = RealServer(
        Endpoint(address, port: try required(port, .port)),
        forwarding: ForwardingMethod(rawValue: try required(forwarding, .forwarding)),
        tunnel: tunnel, weight: try required(weight, .weight), upperThreshold: upperThreshold,
        lowerThreshold: lowerThreshold)
      return ListedServer(
        server, activeConnections: active, inactiveConnections: inactive,
        persistentConnections: persistent, statistics: statistics.best)
    }

    private func required<Value>(_ value: Value?, _ key: Key) throws(NetlinkFormatError) -> Value {
      guard let value else {
        throw .attributeMissing(type: key.rawValue, in: IPVSFamily.Part.server.rawValue)
      }
      return value
    }
  }
}
