// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses
public import IPVSText

/// A connection in the table of a director (a row of /proc/net/ip_vs_conn).
public struct ListedConnection: Hashable, Sendable {
  /// What a persistence engine knows the connection by.
  public struct Engine: Hashable, Sendable {
    /// The name of the engine, such as `sip`.
    public var name: ByteString

    /// What it found in the first packet, such as a Call-ID.
    public var data: ByteString

    /// Makes it of its parts.
    public init(name: ByteString, data: ByteString) {
      self.name = name
      self.data = data
    }
  }

  /// The name of the protocol: `TCP`, `UDP`, `SCTP`, or `IP` for templates of services by mark.
  public var transport: ByteString

  /// The client; a template is for all its ports, and has port 0.
  public var client: Endpoint

  /// The address and port that the client asks.
  public var service: Endpoint

  /// The real server that answers.
  public var server: Endpoint

  /// The name of the state, such as `ESTABLISHED`.
  public var state: ByteString

  /// The seconds until the connection is forgotten, if no packet comes.
  public var seconds: UInt64

  /// Whether it is a template of persistence, which leads new connections of a client to the server.
  public var isTemplate: Bool

  /// Nil where no persistence engine is at work.
  public var engine: Engine?

  /// Makes a connection of its parts.
  public init(
    transport: ByteString, client: Endpoint, service: Endpoint, server: Endpoint,
    state: ByteString, seconds: UInt64, isTemplate: Bool = false, engine: Engine? = nil
  ) {
    self.transport = transport
    self.client = client
    self.service = service
    self.server = server
    self.state = state
    self.seconds = seconds
    self.isTemplate = isTemplate
    self.engine = engine
  }
}

extension ListedConnection: CustomStringConvertible {
  /// `TCP 10.9.0.1:40000 -> 202.103.106.5:80 -> 172.16.0.2:80 ESTABLISHED 899 s`.
  public var description: String {
    "\(transport) \(client) -> \(service) -> \(server) \(state) \(seconds) s"
  }
}
