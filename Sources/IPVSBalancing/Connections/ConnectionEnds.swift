// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses

/// The address and port that a client asked for, and those of the real server that it got.
public struct ConnectionEnds: Hashable, Sendable {
  /// The virtual address; an IPv4 address is in the low 32 bits.
  public let virtual: UInt128

  /// The virtual port in host order.
  public let virtualPort: UInt16

  /// The family of the virtual address.
  public let family: AddressFamily

  /// The server's address; an IPv4 address is in the low 32 bits.
  public let server: UInt128

  /// The server's port in host order.
  public let serverPort: UInt16

  /// The family of the server's address, which may be another where the server is tunneled.
  public let serverFamily: AddressFamily

  /// The number of the transport protocol.
  public let transport: UInt8
}

extension Balancer {
  /// Goes through connections, persistence templates excepted. Those that begin or end between two calls
  /// may be visited or not; all others are, once.
  ///
  /// - Parameters:
  ///   - position: Where to begin, 0 at first; where to go on afterwards.
  ///   - limit: How many connections to visit, at most.
  ///   - body: Takes the ends of a connection.
  /// - Returns: Whether connections may be left.
  public func forEachConnection(
    from position: inout UInt32, limit: Int, _ body: (ConnectionEnds) -> Void
  ) -> Bool {
    for _ in 0..<limit {
      guard let index = connections.next(from: &position) else { return false }
      let connection = connections[index]
      guard !connection.isTemplate else { continue }
      body(
        ConnectionEnds(
          virtual: connection.virtual, virtualPort: connection.virtualPort,
          family: connection.family, server: connection.server,
          serverPort: connection.serverPort, serverFamily: connection.serverFamily,
          transport: connection.transport))
    }
    return true
  }
}
