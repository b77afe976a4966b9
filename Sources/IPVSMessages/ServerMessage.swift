public import IPVSAddresses
public import IPVSNetlinkFormat
public import IPVSRules

/// A real server as attributes, both ways.
public enum ServerMessage {
  private typealias Key = IPVSFamily.Server

  /// Writes what names a real server, and nothing else of it.
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
      // The kernel takes tunnel attributes that are absent for zero, in an edit too.
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
  /// - Parameter family: that of the service, which the server has where the kernel does not say
  ///   (before Linux 3.18).
  public static func read(
    _ payload: RawSpan, ofServiceIn family: AddressFamily
  ) throws(NetlinkFormatError) -> ListedServer {
    let header = try GenericHeader(reading: payload)
    guard header.command == IPVSFamily.Command.newServer.rawValue else {
      throw .commandUnexpected(header.command)
    }
    var server: ListedServer?
    try Attribute.forEach(in: payload, skipping: GenericHeader.length) {
      (type, content) throws(NetlinkFormatError) in
      if type == IPVSFamily.Part.server.rawValue { server = try readServer(content, family) }
    }
    guard let server else {
      throw .attributeMissing(type: IPVSFamily.Part.server.rawValue, in: 0)
    }
    return server
  }

  private static func readServer(
    _ content: RawSpan, _ family: AddressFamily
  ) throws(NetlinkFormatError) -> ListedServer {
    var fields = Fields(family: family)
    try Attribute.forEach(in: content) { (type, payload) throws(NetlinkFormatError) in
      try fields.read(type, payload)
    }
    return try fields.server()
  }
}
