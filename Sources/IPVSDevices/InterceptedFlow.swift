public import IPVSAddresses

/// Packets that are to be led through a device.
public struct InterceptedFlow: Hashable, Sendable {
  public enum End: Hashable, Sendable {
    /// To the address and port of a service.
    case service

    /// From those of a server that answers through the director.
    case server
  }

  public let end: End
  public let address: IPAddress

  /// The number of the protocol.
  public let transport: UInt8

  /// 0: every port.
  public let port: UInt16

  public init(_ end: End, _ address: IPAddress, transport: UInt8, port: UInt16) {
    self.end = end
    self.address = address
    self.transport = transport
    self.port = port
  }
}
