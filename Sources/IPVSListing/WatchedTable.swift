// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
package import IPVSRules

/// A table that is read again and again (ipvsadm(8), `--watch`): the last reading, and what several
/// readings say that one does not.
package struct WatchedTable: Sendable {
  /// The services in the order of the kernel.
  package private(set) var services: [WatchedService] = []

  /// How many servers all services have.
  package private(set) var serverCount = 0

  /// How many servers give no answers.
  package private(set) var silentCount = 0

  /// How many servers have reached their upper threshold.
  package private(set) var fullCount = 0

  package init() {}

  /// Takes the next reading. What is not in it is gone.
  ///
  /// - Parameter time: When it was read, in nanoseconds of a clock that is never set.
  package mutating func take(_ reading: [ListedService], at time: UInt64) {
    let known = services
    var indices: [ServiceIdentity: Int]?
    services = []
    services.reserveCapacity(reading.count)
    (serverCount, silentCount, fullCount) = (0, 0, 0)
    for (index, listed) in reading.enumerated() {
      let identity = listed.service.identity
      var service: WatchedService?
      if index < known.count, known[index].service.identity == identity {
        service = known[index]
      } else {
        // The order changes only where services come or go.
        let all =
          indices
          ?? Dictionary(
            known.enumerated().map { ($1.service.identity, $0) }, uniquingKeysWith: { $1 })
        indices = all
        service = all[identity].map { known[$0] }
      }
      var next = service ?? WatchedService(listed, at: time)
      if service != nil { next.take(listed, at: time) }
      for server in next.servers {
        if server.isSilent { silentCount += 1 }
        if server.isFull { fullCount += 1 }
      }
      serverCount += next.servers.count
      services.append(next)
    }
  }
}

/// A service of a table that is watched.
package struct WatchedService: Sendable {
  package private(set) var service: VirtualService
  package private(set) var traffic: WatchedTraffic

  /// The servers in the order of the kernel.
  package private(set) var servers: [WatchedServer]

  fileprivate init(_ listed: ListedService, at time: UInt64) {
    service = listed.service
    traffic = WatchedTraffic(listed.statistics.totals, at: time)
    servers = listed.servers.map { WatchedServer($0, at: time) }
  }

  fileprivate mutating func take(_ listed: ListedService, at time: UInt64) {
    service = listed.service
    _ = traffic.take(listed.statistics.totals, at: time)
    let known = servers
    servers = []
    servers.reserveCapacity(listed.servers.count)
    for (index, server) in listed.servers.enumerated() {
      let endpoint = server.server.endpoint
      var next: WatchedServer?
      if index < known.count, known[index].server.endpoint == endpoint {
        next = known[index]
      } else {
        next = known.first { $0.server.endpoint == endpoint }
      }
      next?.take(server, at: time)
      servers.append(next ?? WatchedServer(server, at: time))
    }
  }

  /// The active connections of all servers.
  package var activeConnections: UInt64 {
    servers.reduce(0) { $0 + UInt64($1.activeConnections) }
  }

  /// The sums that the shares of the servers are parts of.
  package var wholes: Wholes {
    var wholes = Wholes()
    for server in servers {
      wholes.weights += Double(server.server.weight.value)
      wholes.active += Double(server.activeConnections)
      wholes.rates += server.traffic.rates?.connections ?? 0
    }
    return wholes
  }

  /// Sums over the servers of a service.
  package struct Wholes {
    fileprivate var weights = 0.0
    fileprivate var active = 0.0
    fileprivate var rates = 0.0
  }
}

/// A server of a table that is watched.
package struct WatchedServer: Sendable {
  package private(set) var server: RealServer
  package private(set) var activeConnections: UInt32
  package private(set) var traffic: WatchedTraffic

  /// Whether the server has as many connections as its upper threshold allows, or has not yet gone below
  /// the lower threshold since: the kernel gives it no new ones.
  package private(set) var isFull = false

  /// How many times in a row the counters had grown by packets to the server and by none from it.
  private var silence = 0

  /// How many times make a server one that gives no answers.
  private static let mostSilence = 3

  fileprivate init(_ listed: ListedServer, at time: UInt64) {
    server = listed.server
    activeConnections = listed.activeConnections
    traffic = WatchedTraffic(listed.statistics.totals, at: time)
    isFull = isFull(with: listed)
  }

  fileprivate mutating func take(_ listed: ListedServer, at time: UInt64) {
    let isOther = server.forwarding != listed.server.forwarding
    server = listed.server
    activeConnections = listed.activeConnections
    isFull = isFull(with: listed)
    if let growth = traffic.take(listed.statistics.totals, at: time), !isOther {
      if growth.outboundPackets > 0 {
        silence = 0
      } else if growth.inboundPackets > 0 {
        silence = min(silence + 1, Self.mostSilence)
      }
    } else if traffic.rates == nil || isOther {
      silence = 0
    }
  }

  /// Whether packets go out to the server and none come back. Only with masquerading answers pass the
  /// director.
  package var isSilent: Bool {
    silence >= Self.mostSilence && server.forwarding == .masquerading
  }

  /// As the kernel decides (`ip_vs_bind_dest`, `ip_vs_unbind_dest`).
  private func isFull(with listed: ListedServer) -> Bool {
    if listed.isOverloaded { return true }
    let upper = UInt64(server.upperThreshold)
    let lower = UInt64(server.lowerThreshold)
    guard isFull, upper > 0 else { return false }
    return lower > 0 ? listed.connections >= lower : listed.connections * 4 >= upper * 3
  }

  /// What the server has of its service's connections: of the new ones; where there are none, of the active
  /// ones; nil where there are none of these either.
  package func share(of wholes: WatchedService.Wholes) -> Share? {
    guard wholes.rates > 0 else { return Share(Double(activeConnections), of: wholes.active) }
    return Share(traffic.rates?.connections ?? 0, of: wholes.rates)
  }

  /// What the server has of its service's weights; nil where no server has weight.
  package func wantedShare(of wholes: WatchedService.Wholes) -> Share? {
    Share(Double(server.weight.value), of: wholes.weights)
  }
}

// MARK: - Order

extension WatchedTable {
  /// The indices of the services in an order; equal ones are in the order of their names.
  ///
  /// - Parameter sorted: Whether names are in ascending order, or as the kernel has them.
  package func order(by order: WatchOrder, sorted: Bool) -> [Int] {
    let names =
      sorted
      ? services.indices.sorted {
        services[$0].service.identity < services[$1].service.identity
      } : Array(services.indices)
    let value: (WatchedService) -> Double
    switch order {
    case .name, .weight, .share: return names
    case .active: value = { Double($0.activeConnections) }
    case .connections: value = { $0.traffic.rates?.connections ?? 0 }
    case .inbound: value = { $0.traffic.rates?.inboundBytes ?? 0 }
    case .outbound: value = { $0.traffic.rates?.outboundBytes ?? 0 }
    }
    let values = services.map(value)
    return names.sortedStably { values[$0] > values[$1] }
  }
}

extension WatchedService {
  /// The indices of the servers in an order; equal ones are in ascending order of address and port.
  package func order(by order: WatchOrder, sorted: Bool) -> [Int] {
    let names =
      sorted
      ? servers.indices.sorted { servers[$0].server.endpoint < servers[$1].server.endpoint }
      : Array(servers.indices)
    let wholes = wholes
    let value: (WatchedServer) -> Double
    switch order {
    case .name: return names
    case .weight: value = { Double($0.server.weight.value) }
    case .share: value = { Double($0.share(of: wholes)?.percent ?? 0) }
    case .active: value = { Double($0.activeConnections) }
    case .connections: value = { $0.traffic.rates?.connections ?? 0 }
    case .inbound: value = { $0.traffic.rates?.inboundBytes ?? 0 }
    case .outbound: value = { $0.traffic.rates?.outboundBytes ?? 0 }
    }
    return names.sortedStably { value(servers[$0]) > value(servers[$1]) }
  }
}

extension [Int] {
  /// Sorted; equal elements stay in their order.
  fileprivate func sortedStably(_ precedes: (Int, Int) -> Bool) -> [Int] {
    indices.sorted { left, right in
      if precedes(self[left], self[right]) { return true }
      if precedes(self[right], self[left]) { return false }
      return left < right
    }.map { self[$0] }
  }
}
