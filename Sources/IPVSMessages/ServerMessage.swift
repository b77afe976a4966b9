// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses
public import IPVSNetlinkFormat
internal import IPVSProtocol
public import IPVSRules

/// Encodes and decodes a real server.
public enum ServerMessage {
  private typealias Key = IPVSFamily.Server

  /// Writes the attributes that identify a real server.
  static func write(_ endpoint: Endpoint, to writer: inout MessageWriter) {
    writer.nest(IPVSFamily.Part.server.rawValue) { writer in
      writeEndpoint(endpoint, to: &writer)
    }
  }

  /// Writes a real server with all its settings.
  static func write(_ server: RealServer, to writer: inout MessageWriter) {
    writer.nest(IPVSFamily.Part.server.rawValue) { writer in
      writeEndpoint(server.endpoint, to: &writer)
      writer.attribute(Key.forwarding.rawValue, number: server.forwarding.rawValue)
      writer.attribute(Key.weight.rawValue, number: UInt32(bitPattern: server.weight.value))
      // The kernel takes absent tunnel attributes for zero, in an edit too.
      if server.tunnel != Tunnel() {
        writer.attribute(Key.tunnelKind.rawValue, number: server.tunnel.kind.rawValue)
        writer.attribute(Key.tunnelPort.rawValue, port: server.tunnel.port)
        writer.attribute(Key.tunnelFlags.rawValue, number: server.tunnel.flags.rawValue)
      }
      writer.attribute(Key.upperThreshold.rawValue, number: server.upperThreshold)
      writer.attribute(Key.lowerThreshold.rawValue, number: server.lowerThreshold)
    }
  }

  private static func writeEndpoint(_ endpoint: Endpoint, to writer: inout MessageWriter) {
    writer.attribute(Key.family.rawValue, number: endpoint.address.family.rawValue)
    writer.attribute(Key.address.rawValue, endpoint.address)
    writer.attribute(Key.port.rawValue, port: endpoint.port)
  }

  /// Reads the payload of a message of command `newServer`.
  ///
  /// - Parameters:
  ///   - family: The service's address family, which the server shares where the kernel does not send
  ///     one (before Linux 3.18).
  ///   - countsTraffic: Whether statistics are read; a third of the work.
  public static func read(
    _ payload: RawSpan, ofServiceIn family: AddressFamily,
    countingTraffic countsTraffic: Bool = true
  ) throws(NetlinkFormatError) -> ListedServer {
    let header = try GenericHeader(reading: payload)
    guard header.command == IPVSFamily.Command.newServer.rawValue else {
      throw .commandUnexpected(header.command)
    }
    var server: ListedServer?
    try Attribute.forEach(in: payload, skipping: GenericHeader.length) {
      (type, content) throws(NetlinkFormatError) in
      if type == IPVSFamily.Part.server.rawValue {
        server = try readServer(content, family, countsTraffic)
      }
    }
    guard let server else {
      throw .attributeMissing(type: IPVSFamily.Part.server.rawValue, in: 0)
    }
    return server
  }

  private static func readServer(
    _ content: RawSpan, _ family: AddressFamily, _ countsTraffic: Bool
  ) throws(NetlinkFormatError) -> ListedServer {
    var fields = Fields(family: family)
    try Attribute.forEach(in: content) { (type, payload) throws(NetlinkFormatError) in
      let isTraffic = type == Key.statistics.rawValue || type == Key.statistics64.rawValue
      if countsTraffic || !isTraffic { try fields.read(type, payload) }
    }
    return try fields.server()
  }
}

extension ServerMessage {
  /// The attributes of one real server, collected in any order.
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
      case .address: address = payload.leadingField()
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
      let address = IPAddress(family, field: try required(address, .address))
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

/// Collects the counters of a service or a real server.
///
/// The kernel sends them in 32 bits and, since Linux 4.1, also in 64; the 64-bit ones win.
struct StatisticsMessage {
  private var narrow: Statistics?
  private var wide: Statistics?

  var best: Statistics { wide ?? narrow ?? Statistics() }

  mutating func read(_ content: RawSpan, wide isWide: Bool) throws(NetlinkFormatError) {
    var statistics = Statistics()
    try Attribute.forEach(in: content) { (type, payload) throws(NetlinkFormatError) in
      guard let counter = IPVSFamily.Counter(rawValue: type), counter != .padding else { return }
      // In the 32-bit form the byte totals have 64 bits nevertheless.
      let isLong = isWide || counter == .inboundBytes || counter == .outboundBytes
      let value =
        isLong
        ? try payload.number(UInt64.self, of: type)
        : UInt64(try payload.number(UInt32.self, of: type))
      statistics.set(counter, to: value)
    }
    if isWide { wide = statistics } else { narrow = statistics }
  }
}

extension Statistics {
  fileprivate mutating func set(_ counter: IPVSFamily.Counter, to value: UInt64) {
    switch counter {
    case .connections: totals.connections = value
    case .inboundPackets: totals.inboundPackets = value
    case .outboundPackets: totals.outboundPackets = value
    case .inboundBytes: totals.inboundBytes = value
    case .outboundBytes: totals.outboundBytes = value
    case .connectionRate: rates.connections = value
    case .inboundPacketRate: rates.inboundPackets = value
    case .outboundPacketRate: rates.outboundPackets = value
    case .inboundByteRate: rates.inboundBytes = value
    case .outboundByteRate: rates.outboundBytes = value
    case .padding: break
    }
  }
}
