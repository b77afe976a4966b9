// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
public import IPVSNetlinkFormat
internal import IPVSNumbers
internal import IPVSProtocol
public import IPVSRules
internal import IPVSText

/// Encodes and decodes a virtual service.
public enum ServiceMessage {
  private typealias Key = IPVSFamily.Service

  /// The mask that follows the flags: all of them are set or cleared.
  private static let everyFlag = UInt32.max

  /// Writes the attributes that identify a service.
  static func write(_ identity: ServiceIdentity, to writer: inout MessageWriter) {
    writer.nest(IPVSFamily.Part.service.rawValue) { writer in
      writeIdentity(identity, to: &writer)
    }
  }

  /// Writes a service with all its settings.
  static func write(_ service: VirtualService, to writer: inout MessageWriter) {
    writer.nest(IPVSFamily.Part.service.rawValue) { writer in
      writeIdentity(service.identity, to: &writer)
      writer.attribute(Key.scheduler.rawValue, text: service.scheduler.text.bytes)
      if let engine = service.engine {
        writer.attribute(Key.engine.rawValue, text: engine.text.bytes)
      }
      let persistent = service.persistence == nil ? 0 : ServiceBit.persistent
      writer.attribute(
        Key.flags.rawValue, numbers: service.flags.rawValue | persistent, everyFlag)
      writer.attribute(Key.timeout.rawValue, number: service.persistence ?? 0)
      switch service.netmask {
      case .ipv4(let mask): writer.attribute(Key.netmask.rawValue, number: mask.bits.bigEndian)
      case .ipv6(let prefixLength): writer.attribute(Key.netmask.rawValue, number: prefixLength)
      }
    }
  }

  private static func writeIdentity(_ identity: ServiceIdentity, to writer: inout MessageWriter) {
    writer.attribute(Key.family.rawValue, number: identity.family.rawValue)
    switch identity {
    case .mark(let mark, _):
      writer.attribute(Key.mark.rawValue, number: mark)
    case .endpoint(let transport, let endpoint):
      writer.attribute(Key.transport.rawValue, number: transport.rawValue)
      writer.attribute(Key.address.rawValue, endpoint.address)
      writer.attribute(Key.port.rawValue, port: endpoint.port)
    }
  }

  /// Reads the payload of a message of command `newService`.
  public static func read(_ payload: RawSpan) throws(NetlinkFormatError) -> ListedService {
    let header = try GenericHeader(reading: payload)
    guard header.command == IPVSFamily.Command.newService.rawValue else {
      throw .commandUnexpected(header.command)
    }
    var service: ListedService?
    try Attribute.forEach(in: payload, skipping: GenericHeader.length) {
      (type, content) throws(NetlinkFormatError) in
      if type == IPVSFamily.Part.service.rawValue { service = try readService(content) }
    }
    guard let service else {
      throw .attributeMissing(type: IPVSFamily.Part.service.rawValue, in: 0)
    }
    return service
  }

  private static func readService(_ content: RawSpan) throws(NetlinkFormatError) -> ListedService {
    var fields = Fields()
    try Attribute.forEach(in: content) { (type, payload) throws(NetlinkFormatError) in
      try fields.read(type, payload)
    }
    return try fields.service()
  }
}

extension ServiceMessage {
  /// The attributes of one service, collected in any order: an address can be decoded only when the
  /// family is known.
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
      case .address: address = payload.leadingField()
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
      let ruleFlags = flags & ~(ServiceBit.persistent | ServiceBit.hashed)
      let service = VirtualService(
        try identity(family), scheduler: try required(scheduler, .scheduler),
        flags: ServiceFlags(rawValue: ruleFlags),
        persistence: flags & ServiceBit.persistent == 0 ? nil : timeout, netmask: netmask,
        engine: engine?.text.isEmpty == true ? nil : engine)
      return ListedService(service, statistics: statistics.best)
    }

    private func identity(_ family: AddressFamily) throws(NetlinkFormatError) -> ServiceIdentity {
      if let mark { return .mark(mark, family) }
      let bits = try required(address, .address)
      let address = IPAddress(family, field: bits)
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
