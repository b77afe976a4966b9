// SPDX-License-Identifier: Apache-2.0

import IPVSRules
import IPVSText

/// A metric of each service.
struct ServiceMetric: Sendable {
  typealias Reading = @Sendable (ListedService, DrainTimes) -> MetricSample

  let family: MetricFamily
  let read: Reading

  private init(
    _ name: StaticString, _ kind: MetricFamily.Kind, _ help: StaticString, _ read: @escaping Reading
  ) {
    family = MetricFamily(name: name, kind: kind, help: help)
    self.read = read
  }

  private static func traffic(_ value: @escaping @Sendable (Traffic) -> UInt64) -> Reading {
    { service, _ in MetricSample(value: value(service.statistics.totals)) }
  }

  private static func sum(_ value: @escaping @Sendable (ListedServer) -> UInt64) -> Reading {
    { service, _ in
      var sum: UInt64 = 0
      // By index: an iterator copies each server.
      for index in service.servers.indices { sum &+= value(service.servers[index]) }
      return MetricSample(value: sum)
    }
  }

  private static func count(_ isCounted: @escaping @Sendable (ListedServer) -> Bool) -> Reading {
    sum { isCounted($0) ? 1 : 0 }
  }

  static let all: [ServiceMetric] = [
    ServiceMetric(
      "ipvs_service", .info, "How the service is set: scheduler and persistence engine.",
      { service, _ in
        MetricSample(labels: [
          MetricLabel("pe", service.service.engine?.text ?? ""),
          MetricLabel("scheduler", service.service.scheduler.text),
        ])
      }),
    ServiceMetric(
      "ipvs_service_persistence_seconds", .gauge,
      "How long clients stay with their real server; 0: no persistence.",
      { service, _ in MetricSample(value: UInt64(service.service.persistence ?? 0)) }),
    ServiceMetric(
      "ipvs_service_backends", .gauge, "Real servers of the service.", count { _ in true }),
    ServiceMetric(
      "ipvs_service_backends_usable", .gauge,
      "Real servers that have weight and are below their upper threshold.", count { $0.isUsable }),
    ServiceMetric(
      "ipvs_service_backends_overloaded", .gauge,
      "Real servers at their upper threshold or above.", count { $0.isOverloaded }),
    ServiceMetric(
      "ipvs_service_backends_draining", .gauge, "Real servers that --drain took out of service.",
      { service, drains in
        MetricSample(
          value: service.servers.reduce(0) {
            $0 + (drains.time(of: $1.server, in: service.service.identity) == nil ? 0 : 1)
          })
      }),
    ServiceMetric(
      "ipvs_service_backends_masquerading", .gauge,
      "Real servers whose answers pass the director.",
      count { $0.server.forwarding == .masquerading }),
    ServiceMetric(
      "ipvs_service_weight", .gauge, "The weights of all real servers of the service together.",
      sum { UInt64($0.server.weight.value) }),
    ServiceMetric(
      "ipvs_service_connections_active", .gauge, "Active connections to all its real servers.",
      sum { UInt64($0.activeConnections) }),
    ServiceMetric(
      "ipvs_service_connections_inactive", .gauge, "Inactive connections to all its real servers.",
      sum { UInt64($0.inactiveConnections) }),
    ServiceMetric(
      "ipvs_service_connections_persistent", .gauge,
      "Templates of persistence to all its real servers.",
      sum { UInt64($0.persistentConnections) }),
    ServiceMetric(
      "ipvs_service_connections", .counter, "Connections scheduled.", traffic { $0.connections }),
    ServiceMetric(
      "ipvs_service_incoming_packets", .counter, "Packets from clients.",
      traffic { $0.inboundPackets }),
    ServiceMetric(
      "ipvs_service_outgoing_packets", .counter, "Packets to clients that passed the director.",
      traffic { $0.outboundPackets }),
    ServiceMetric(
      "ipvs_service_incoming_bytes", .counter, "Bytes from clients, IP headers included.",
      traffic { $0.inboundBytes }),
    ServiceMetric(
      "ipvs_service_outgoing_bytes", .counter, "Bytes to clients that passed the director.",
      traffic { $0.outboundBytes }),
  ]
}
