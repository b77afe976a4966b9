// SPDX-License-Identifier: Apache-2.0

package import IPVSAddresses
internal import IPVSListing
internal import IPVSRules
internal import IPVSText

/// The connections of a director, added up while they were read: the memory grows with the number of
/// servers, not with that of connections.
package struct ConnectionFacts: Sendable {
  /// How many rows there were, templates of persistence included.
  package var count = 0

  /// What the connections of each server are like, by the server and the protocol.
  package var servers: [ServerKey: ServerTally] = [:]

  /// Flows of datagrams whose server is in no service that owns their virtual endpoint, and the first of
  /// them.
  package var orphanedFlows = 0
  package var firstOrphan: Orphan?

  /// A flow of datagrams without a server in the table.
  package struct Orphan: Hashable, Sendable {
    /// The three ends of the flow.
    package var client: Endpoint
    package var server: Endpoint
    package var service: Endpoint

    /// Makes a flow of its ends.
    package init(client: Endpoint, server: Endpoint, service: Endpoint) {
      self.client = client
      self.server = server
      self.service = service
    }
  }

  /// A server as connections name it.
  package struct ServerKey: Hashable, Sendable {
    /// The address and port.
    package var endpoint: Endpoint

    /// The address and port that clients speak to.
    package var service: Endpoint

    /// TCP, UDP, or SCTP.
    package var transport: TransportProtocol

    /// Makes a key of its parts.
    package init(_ endpoint: Endpoint, of service: Endpoint, _ transport: TransportProtocol) {
      self.endpoint = endpoint
      self.service = service
      self.transport = transport
    }
  }

  /// The connections of one server.
  package struct ServerTally: Hashable, Sendable {
    /// Half-open: the answer of the server has not been seen.
    package var opening = 0

    /// Data flows.
    package var established = 0

    /// Everything behind that: connections that were established once, or refused.
    package var finished = 0

    /// The clients of the first half-open connections, at most `mostClients` different ones.
    package var openingClients: [IPAddress] = []

    /// The client of any connection.
    package var client: IPAddress?

    /// Makes a tally of nothing.
    package init() {}
  }

  /// The most clients that are kept of a server.
  package static let mostClients = 16

  /// The most servers that are kept; connections may name any number of removed ones.
  package static let mostServers = 1 << 18

  /// Makes facts of no connections.
  package init() {}
}

// MARK: - Counting

extension ConnectionFacts {
  /// Adds rows of /proc/net/ip_vs_conn up.
  struct Counter {
    private(set) var facts = ConnectionFacts()

    /// The servers of the services of datagrams, by the virtual endpoint.
    private var owners: [Endpoint: [Endpoint]] = [:]

    /// - Parameter services: The services of the table, by which it is told whether a flow still has its
    ///   server.
    init(_ services: [ListedService]) {
      for listed in services {
        guard case .endpoint(.udp, let endpoint) = listed.service.identity else { continue }
        owners[endpoint] = listed.servers.map(\.server.endpoint)
      }
    }

    /// Adds a row.
    ///
    /// - Parameter text: The text that the row was read from.
    mutating func add(_ row: ConnectionRow, in text: Span<UInt8>) {
      facts.count += 1
      guard !row.isTemplate(in: text) else { return }
      switch row.transportProtocol(in: text) {
      case .tcp?: addStream(row, in: text)
      case .udp?: addFlow(row)
      default: break
      }
    }

    private mutating func addStream(_ row: ConnectionRow, in text: Span<UInt8>) {
      let key = ServerKey(row.server, of: row.service, .tcp)
      let state = text.extracting(row.state)
      guard facts.servers.count < ConnectionFacts.mostServers || facts.servers[key] != nil else {
        return
      }
      let isOpening = state.equals("SYN_RECV")
      let isEstablished = state.equals("ESTABLISHED")
      facts.servers[key, default: ServerTally()]
        .add(row.client.address, isOpening: isOpening, isEstablished: isEstablished)
    }

    private mutating func addFlow(_ row: ConnectionRow) {
      let everyPort = Endpoint(row.service.address, port: 0)
      guard let servers = owners[row.service] ?? owners[everyPort] else { return }
      let isOwned = servers.contains {
        $0.address == row.server.address && ($0.port == row.server.port || $0.port == 0)
      }
      guard !isOwned else { return }
      facts.orphanedFlows += 1
      if facts.firstOrphan == nil {
        facts.firstOrphan = Orphan(client: row.client, server: row.server, service: row.service)
      }
    }
  }
}

extension ConnectionFacts.ServerTally {
  fileprivate mutating func add(_ address: IPAddress, isOpening: Bool, isEstablished: Bool) {
    if client == nil { client = address }
    if isEstablished {
      established += 1
    } else if isOpening {
      opening += 1
      if openingClients.count < ConnectionFacts.mostClients, !openingClients.contains(address) {
        openingClients.append(address)
      }
    } else {
      finished += 1
    }
  }
}
