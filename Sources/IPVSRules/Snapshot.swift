// SPDX-License-Identifier: Apache-2.0

/// The whole table of a director as it was read, with its counters.
public struct Snapshot: Hashable, Sendable {
  /// The IPVS that the table is from.
  public var kernel: KernelInfo

  /// All services, in the order of the kernel.
  public var services: [ListedService]

  /// Makes a snapshot of its parts.
  public init(kernel: KernelInfo, services: [ListedService]) {
    self.kernel = kernel
    self.services = services
  }
}

/// The version and the size of an IPVS.
public struct KernelInfo: Hashable, Sendable {
  /// The version of IPVS: 0x010201 is 1.2.1.
  public var version: UInt32

  /// The number of buckets in the table of connections.
  public var connectionTableSize: UInt32

  /// Makes the information of its parts.
  public init(version: UInt32, connectionTableSize: UInt32) {
    self.version = version
    self.connectionTableSize = connectionTableSize
  }
}

/// A virtual service in a table, with its counters and its real servers.
public struct ListedService: Hashable, Sendable {
  /// The settings.
  public var service: VirtualService

  /// The counters of the whole service.
  public var statistics: Statistics

  /// The real servers in the order of the kernel: the last one added comes first.
  public var servers: [ListedServer]

  /// Makes a listed service of its parts.
  public init(
    _ service: VirtualService, statistics: Statistics = Statistics(), servers: [ListedServer] = []
  ) {
    self.service = service
    self.statistics = statistics
    self.servers = servers
  }
}

/// A real server in a table, with its counters.
public struct ListedServer: Hashable, Sendable {
  /// The settings.
  public var server: RealServer

  /// Connections in a state in which data flows (TCP ESTABLISHED and the states before it).
  public var activeConnections: UInt32

  /// All other connections.
  public var inactiveConnections: UInt32

  /// Persistence templates.
  public var persistentConnections: UInt32

  /// The counters of this server.
  public var statistics: Statistics

  /// Makes a listed server of its parts.
  public init(
    _ server: RealServer, activeConnections: UInt32 = 0, inactiveConnections: UInt32 = 0,
    persistentConnections: UInt32 = 0, statistics: Statistics = Statistics()
  ) {
    self.server = server
    self.activeConnections = activeConnections
    self.inactiveConnections = inactiveConnections
    self.persistentConnections = persistentConnections
    self.statistics = statistics
  }
}

extension ListedServer {
  /// Whether it has as many connections as its upper threshold. The kernel does not tell that it holds
  /// back a server that is on its way down from there to its lower threshold.
  public var isOverloaded: Bool {
    server.upperThreshold != 0 && connections >= UInt64(server.upperThreshold)
  }

  /// Whether it gets new connections.
  public var isUsable: Bool { server.weight != .quiesced && !isOverloaded }

  /// The connections that count against the thresholds.
  package var connections: UInt64 { UInt64(activeConnections) + UInt64(inactiveConnections) }
}

/// The counters of a service or a real server. The kernel's estimator updates them every two seconds.
public struct Statistics: Hashable, Sendable {
  /// Since the service or server was added, or since its counters were set to zero.
  public var totals: Traffic

  /// Per second, averaged over the last few updates.
  public var rates: Traffic

  /// Makes counters of their parts.
  public init(totals: Traffic = Traffic(), rates: Traffic = Traffic()) {
    self.totals = totals
    self.rates = rates
  }
}

/// The traffic of a service or a real server: totals or, in a rate, per second.
public struct Traffic: Hashable, Sendable {
  /// Connections that were scheduled.
  public var connections: UInt64

  /// Packets from clients.
  public var inboundPackets: UInt64

  /// Packets to clients; with direct routing and tunnels the director sees none.
  public var outboundPackets: UInt64

  /// Bytes from clients, headers of the network layer included.
  public var inboundBytes: UInt64

  /// Bytes to clients, headers of the network layer included.
  public var outboundBytes: UInt64

  /// Makes counters of their parts.
  public init(
    connections: UInt64 = 0, inboundPackets: UInt64 = 0, outboundPackets: UInt64 = 0,
    inboundBytes: UInt64 = 0, outboundBytes: UInt64 = 0
  ) {
    self.connections = connections
    self.inboundPackets = inboundPackets
    self.outboundPackets = outboundPackets
    self.inboundBytes = inboundBytes
    self.outboundBytes = outboundBytes
  }
}

/// The order of services and servers in a table that is watched (ipvsadm(8), `--sort-by`): by name, or
/// the greatest first.
public enum WatchOrder: String, Hashable, Sendable, CaseIterable {
  /// Ascending, as listings have them.
  case name

  /// Servers by weight; services have none and stay in the order of their names.
  case weight

  /// Servers by their share of their service's connections; services stay in the order of their names.
  case share

  /// By active connections.
  case active

  /// By new connections per second.
  case connections = "conns"

  /// By bytes per second from clients.
  case inbound = "in"

  /// By bytes per second to clients.
  case outbound = "out"
}

/// The columns of a listing of the table, in the order of precedence where several are asked for.
public enum TableView: Hashable, Sendable, CaseIterable {
  /// Totals of traffic (`--stats`).
  case statistics

  /// Traffic per second (`--rate`).
  case rates

  /// Thresholds of servers (`--thresholds`).
  case thresholds

  /// Persistence templates of servers (`--persistent-conn`).
  case persistentConnections

  /// The encapsulation of tunnels (`--tun-info`).
  case tunnels

  /// Settings and connections, where no other view is asked for.
  case plain
}
