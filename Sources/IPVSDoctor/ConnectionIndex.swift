// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSRules

/// The tallies of connections by server and service, at the first look and the last.
struct ConnectionIndex {
  private typealias Tallies = [ConnectionFacts.ServerKey: ConnectionFacts.ServerTally]

  private var looks: [Tallies]

  /// The keys of each server's address, for services that connections do not name.
  private var keys: [[IPAddress: [ConnectionFacts.ServerKey]]]

  /// Whether the connections were read twice.
  let hasTwoLooks: Bool

  init(_ facts: [ConnectionFacts]) {
    hasTwoLooks = facts.count > 1
    looks = [facts.first, facts.last].map { $0?.servers ?? [:] }
    keys = looks.map { Dictionary(grouping: $0.keys, by: \.endpoint.address) }
  }

  func first(_ server: Endpoint, _ identity: ServiceIdentity) -> ConnectionFacts.ServerTally {
    tally(0, server, identity)
  }

  func last(_ server: Endpoint, _ identity: ServiceIdentity) -> ConnectionFacts.ServerTally {
    tally(1, server, identity)
  }

  func hasConnections(_ server: Endpoint, _ identity: ServiceIdentity) -> Bool {
    let tally = last(server, identity)
    return tally.opening + tally.established + tally.finished > 0
  }

  private func tally(
    _ look: Int, _ server: Endpoint, _ identity: ServiceIdentity
  ) -> ConnectionFacts.ServerTally {
    if case .endpoint(let transport, let virtual) = identity, virtual.port != 0, server.port != 0 {
      let key = ConnectionFacts.ServerKey(server, of: virtual, transport)
      return looks[look][key] ?? ConnectionFacts.ServerTally()
    }
    // A service for a mark has connections to any virtual endpoint, and one without a port to any port.
    var total = ConnectionFacts.ServerTally()
    for key in keys[look][server.address] ?? []
    where server.port == 0 || server.port == key.endpoint.port {
      if let address = identity.virtualAddress, address != key.service.address { continue }
      if let tally = looks[look][key] { total.add(tally) }
    }
    return total
  }
}

extension ConnectionFacts.ServerTally {
  fileprivate mutating func add(_ other: ConnectionFacts.ServerTally) {
    opening += other.opening
    established += other.established
    finished += other.finished
    openingClients += other.openingClients
    client = client ?? other.client
  }
}
