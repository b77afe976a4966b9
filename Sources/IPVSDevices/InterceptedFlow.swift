// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses

/// Packets that are to pass a device.
public struct InterceptedFlow: Hashable, Sendable {
  public enum End: Hashable, Sendable {
    /// Packets to the address and port of a service.
    case service

    /// Packets from a real server that answers through the director.
    case server

    /// Packets from the address and port of a service that come through a network: answers of real
    /// servers that have the address, too. The system must see that their source is its own address.
    case virtualSource
  }

  public let end: End
  public let address: IPAddress

  /// The number of the protocol.
  public let transport: UInt8

  /// 0 for every port.
  public let port: UInt16

  public init(_ end: End, _ address: IPAddress, transport: UInt8, port: UInt16) {
    self.end = end
    self.address = address
    self.transport = transport
    self.port = port
  }
}
