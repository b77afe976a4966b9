internal import IPVSAddresses
internal import IPVSNetlinkFormat
internal import IPVSRules
internal import IPVSText

extension ServiceMessage {
  /// The attributes of one service as they come in. An address means nothing before the family is
  /// known, and the kernel may send attributes in any order.
  struct Fields {
    private typealias Key = IPVSFamily.Service

    private var family: AddressFamily?
    private var transport: UInt16?
    private var address: UInt128?
    private var port: UInt16?
    private var mark: UInt32?
    private var scheduler: KernelName?
    private var flags: UInt32?
    private var timeout: UInt32 = 0
    private var netmask: UInt32?
    private var engine: KernelName?
    private var statistics = StatisticsMessage()

    mutating func read(_ type: UInt16, _ payload: RawSpan) throws(NetlinkFormatError) {
      switch Key(rawValue: type) {
      case .family: family = try payload.family(of: type)
      case .transport: transport = try payload.number(UInt16.self, of: type)
      case .address: address = try payload.addressBits(of: type)
      case .port: port = try payload.port(of: type)
      case .mark: mark = try payload.number(UInt32.self, of: type)
      case .scheduler: scheduler = try payload.name(KernelName.longestScheduler, of: type)
      case .flags: flags = try payload.number(UInt32.self, of: type)
      case .timeout: timeout = try payload.number(UInt32.self, of: type)
      case .netmask: netmask = try payload.number(UInt32.self, of: type)
      case .engine: engine = try payload.name(KernelName.longestEngine, of: type)
      case .statistics: try statistics.read(payload, wide: false)
      case .statistics64: try statistics.read(payload, wide: true)
      case nil: break
      }
    }

    func service() throws(NetlinkFormatError) -> ListedService {
      let family = try required(family, .family)
      let flags = try required(flags, .flags)
      let bits = try required(netmask, .netmask)
      let netmask: Netmask =
        switch family {
        case .ipv4: .ipv4(IPv4Address(UInt32(bigEndian: bits)))
        case .ipv6: .ipv6(prefixLength: bits)
        }
      let ruleFlags = flags & ~(IPVSFamily.persistentFlag | IPVSFamily.hashedFlag)
      let service = VirtualService(
        try identity(family), scheduler: try required(scheduler, .scheduler),
        flags: ServiceFlags(rawValue: ruleFlags),
        persistence: flags & IPVSFamily.persistentFlag == 0 ? nil : timeout, netmask: netmask,
        engine: engine?.text.isEmpty == true ? nil : engine)
      return ListedService(service, statistics: statistics.best)
    }

    private func identity(_ family: AddressFamily) throws(NetlinkFormatError) -> ServiceIdentity {
      if let mark { return .mark(mark, family) }
      let bits = try required(address, .address)
      let address = IPAddress(family, wireBits: bits)
      return .endpoint(
        TransportProtocol(rawValue: try required(transport, .transport)),
        Endpoint(address, port: try required(port, .port)))
    }

    private func required<Value>(_ value: Value?, _ key: Key) throws(NetlinkFormatError) -> Value {
      guard let value else {
        throw .attributeMissing(type: key.rawValue, in: IPVSFamily.Part.service.rawValue)
      }
      return value
    }
  }
}
