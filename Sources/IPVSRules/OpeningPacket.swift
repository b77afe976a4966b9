// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses

/// A packet that can begin a connection: a SYN of TCP, an INIT of SCTP, or any datagram of UDP.
public struct OpeningPacket: Hashable, Sendable {
  /// The protocol: TCP, UDP, or SCTP.
  public var transport: TransportProtocol

  /// The address of the client.
  public var client: IPAddress

  /// The port of the client, 1...65535; nil for any.
  public var clientPort: UInt16?

  /// The address that the client asks, of the family of `client`.
  public var destination: IPAddress

  /// The port that the client asks, 1...65535; nil for any.
  public var destinationPort: UInt16?

  /// The firewall mark; 0 for none, nil where it is not known.
  public var mark: UInt32?

  /// Makes a packet of its parts.
  public init(
    _ transport: TransportProtocol, from client: IPAddress, port clientPort: UInt16? = nil,
    to destination: IPAddress, port destinationPort: UInt16? = nil, mark: UInt32? = nil
  ) {
    self.transport = transport
    self.client = client
    self.clientPort = clientPort
    self.destination = destination
    self.destinationPort = destinationPort
    self.mark = mark
  }
}

extension OpeningPacket: CustomStringConvertible {
  /// As ipvsadm(8) takes it behind `--explain`: `tcp 198.51.100.10:40001 203.0.113.1:80 --mark 7`.
  public var description: String {
    func end(_ address: IPAddress, _ port: UInt16?) -> String {
      port.map { "\(Endpoint(address, port: $0))" } ?? "\(address)"
    }
    let mark = mark.map { " --mark \($0)" } ?? ""
    return "\(transport.description.lowercased()) \(end(client, clientPort)) "
      + "\(end(destination, destinationPort))\(mark)"
  }
}
