public import IPVSNetlinkFormat
public import IPVSRules

/// The timeouts of connections as attributes, both ways.
public enum TimeoutsMessage {
  private typealias Key = IPVSFamily.Part

  static func write(_ timeouts: Timeouts, to writer: inout MessageWriter) {
    writer.attribute(Key.tcpTimeout.rawValue, number: timeouts.tcp)
    writer.attribute(Key.tcpFinTimeout.rawValue, number: timeouts.tcpFin)
    writer.attribute(Key.udpTimeout.rawValue, number: timeouts.udp)
  }

  /// Reads the payload of a message of command `setTimeouts`. A value that is missing, because the
  /// kernel was built without its protocol, is 0.
  public static func read(_ payload: RawSpan) throws(NetlinkFormatError) -> Timeouts {
    let header = try GenericHeader(reading: payload)
    guard header.command == IPVSFamily.Command.setTimeouts.rawValue else {
      throw .commandUnexpected(header.command)
    }
    var timeouts = Timeouts(tcp: 0, tcpFin: 0, udp: 0)
    try Attribute.forEach(in: payload, skipping: GenericHeader.length) {
      (type, content) throws(NetlinkFormatError) in
      switch Key(rawValue: type) {
      case .tcpTimeout: timeouts.tcp = try content.number(UInt32.self, of: type)
      case .tcpFinTimeout: timeouts.tcpFin = try content.number(UInt32.self, of: type)
      case .udpTimeout: timeouts.udp = try content.number(UInt32.self, of: type)
      case .service, .server, .daemon, nil: break
      }
    }
    return timeouts
  }
}
