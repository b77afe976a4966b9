public import IPVSNetlinkFormat

/// The connections of a program that stands in for the kernel: lines as in /proc/net/ip_vs_conn, in
/// messages of the family `IPVS_ENGINE`.
public enum ConnectionsMessage {
  /// Appends the question for all of them to a datagram.
  ///
  /// - Parameter family: The number of `EngineFamily`.
  public static func write(
    to writer: inout MessageWriter, family: UInt16, sequence: UInt32, port: UInt32
  ) {
    writer.message(
      type: family, flags: [.request, .dump], sequence: sequence, port: port,
      command: EngineFamily.Command.getConnections.rawValue, version: EngineFamily.version
    ) { _ in }
  }

  /// Calls `body` with the lines in the payload of an answer, in one piece or several.
  public static func read(
    _ payload: RawSpan, _ body: (RawSpan) -> Void
  ) throws(NetlinkFormatError) {
    let header = try GenericHeader(reading: payload)
    guard header.command == EngineFamily.Command.getConnections.rawValue else {
      throw .commandUnexpected(header.command)
    }
    try Attribute.forEach(in: payload, skipping: GenericHeader.length) {
      (type, content) throws(NetlinkFormatError) in
      if type == EngineFamily.Part.rows.rawValue { body(content) }
    }
  }
}
