internal import IPVSAddresses
public import IPVSNetlinkFormat
public import IPVSRules
internal import IPVSText

/// A virtual service as attributes, both ways.
public enum ServiceMessage {
  private typealias Key = IPVSFamily.Service

  /// The mask after the flags: which of them are meant.
  private static let everyFlag = UInt32.max

  /// Writes what names a service, and nothing else of it.
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
      let persistent = service.persistence == nil ? 0 : IPVSFamily.persistentFlag
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
