public import IPVSNetlinkFormat
public import IPVSRules

/// What the kernel says of its IPVS, from attributes.
public enum InfoMessage {
  private typealias Key = IPVSFamily.Info

  /// Reads the payload of a message of command `setInfo`.
  public static func read(_ payload: RawSpan) throws(NetlinkFormatError) -> KernelInfo {
    let header = try GenericHeader(reading: payload)
    guard header.command == IPVSFamily.Command.setInfo.rawValue else {
      throw .commandUnexpected(header.command)
    }
    var version: UInt32?
    var size: UInt32 = 0
    try Attribute.forEach(in: payload, skipping: GenericHeader.length) {
      (type, content) throws(NetlinkFormatError) in
      switch Key(rawValue: type) {
      case .version: version = try content.number(UInt32.self, of: type)
      case .connectionTableSize: size = try content.number(UInt32.self, of: type)
      case nil: break
      }
    }
    guard let version else { throw .attributeMissing(type: Key.version.rawValue, in: 0) }
    return KernelInfo(version: version, connectionTableSize: size)
  }
}
