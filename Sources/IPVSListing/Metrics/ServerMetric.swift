// SPDX-License-Identifier: Apache-2.0

import IPVSRules

/// When servers were drained.
struct DrainTimes {
  private let drained: [ServerIdentity: DrainedServer]

  init(_ drained: [DrainedServer]) {
    self.drained = drained.byName
  }

  /// In seconds since 1970; nil where the server is not drained.
  func time(of server: RealServer, in service: ServiceIdentity) -> UInt64? {
    guard server.weight == .quiesced, !drained.isEmpty else { return nil }
    let name = ServerIdentity(server.endpoint, of: service)
    return drained[name].flatMap { UInt64(exactly: $0.since) }
  }
}

/// A metric of each real server.
struct ServerMetric: Sendable {
  typealias Reading = @Sendable (ListedServer, ServiceIdentity, DrainTimes) -> UInt64?

  let family: MetricFamily

  /// Gives the value; nil where the server has no such series.
  let read: Reading

  private init(
    _ name: StaticString, _ kind: MetricFamily.Kind, _ help: StaticString, _ read: @escaping Reading
  ) {
    family = MetricFamily(name: name, kind: kind, help: help)
    self.read = read
  }

  private static func traffic(_ value: @escaping @Sendable (Traffic) -> UInt64) -> Reading {
    { server, _, _ in value(server.statistics.totals) }
  }

  private static func setting(_ value: @escaping @Sendable (RealServer) -> UInt32) -> Reading {
    { server, _, _ in value(server.server) == 0 ? nil : UInt64(value(server.server)) }
  }

  static let all: [ServerMetric] = [
    ServerMetric(
      "ipvs_backend", .info, "How packets reach the real server: method and kind of tunnel.",
      { _, _, _ in 1 }),
    ServerMetric(
      "ipvs_backend_weight", .gauge, "The weight; 0: no new connections.",
      { server, _, _ in UInt64(server.server.weight.value) }),
    ServerMetric(
      "ipvs_backend_upper_threshold", .gauge,
      "With this many connections the real server gets no new ones; absent without a limit.",
      setting { $0.upperThreshold }),
    ServerMetric(
      "ipvs_backend_lower_threshold", .gauge,
      "With fewer it gets new ones again; absent where that is three quarters of the upper one.",
      setting { $0.lowerThreshold }),
    ServerMetric(
      "ipvs_backend_drain_timestamp_seconds", .gauge,
      "When --drain took the real server out of service; absent where it did not.",
      { server, service, drains in drains.time(of: server.server, in: service) }),
    ServerMetric(
      "ipvs_backend_connections_active", .gauge, "Active connections.",
      { server, _, _ in UInt64(server.activeConnections) }),
    ServerMetric(
      "ipvs_backend_connections_inactive", .gauge, "Inactive connections.",
      { server, _, _ in UInt64(server.inactiveConnections) }),
    ServerMetric(
      "ipvs_backend_connections_persistent", .gauge, "Templates of persistence.",
      { server, _, _ in UInt64(server.persistentConnections) }),
    ServerMetric(
      "ipvs_backend_connections", .counter, "Connections scheduled.", traffic { $0.connections }),
    ServerMetric(
      "ipvs_backend_incoming_packets", .counter, "Packets from clients.",
      traffic { $0.inboundPackets }),
    ServerMetric(
      "ipvs_backend_outgoing_packets", .counter, "Packets to clients that passed the director.",
      traffic { $0.outboundPackets }),
    ServerMetric(
      "ipvs_backend_incoming_bytes", .counter, "Bytes from clients, IP headers included.",
      traffic { $0.inboundBytes }),
    ServerMetric(
      "ipvs_backend_outgoing_bytes", .counter, "Bytes to clients that passed the director.",
      traffic { $0.outboundBytes }),
  ]
}
