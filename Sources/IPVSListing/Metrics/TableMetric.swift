// SPDX-License-Identifier: Apache-2.0

import IPVSRules
import IPVSText

/// A metric of the table as a whole.
struct TableMetric: Sendable {
  typealias Reading = @Sendable (MetricsReport) -> [MetricSample]

  let family: MetricFamily

  /// Gives the samples, of which there may be none.
  let read: Reading

  private init(
    _ name: StaticString, _ kind: MetricFamily.Kind, _ help: StaticString, _ read: @escaping Reading
  ) {
    family = MetricFamily(name: name, kind: kind, help: help)
    self.read = read
  }

  private static func one(
    _ value: @escaping @Sendable (MetricsReport) -> UInt64
  ) -> Reading {
    { [MetricSample(value: value($0))] }
  }

  static let all: [TableMetric] = [
    TableMetric(
      "ipvs", .info, "IPVS: its version, and whether a kernel or an engine answers.",
      { report in
        [
          MetricSample(labels: [
            MetricLabel("source", ByteString(stringLiteral: report.source)),
            MetricLabel("version", ByteString(report.table.kernel.versionText)),
          ])
        ]
      }),
    TableMetric(
      "ipvs_connection_table_size", .gauge, "Buckets of the table of connections.",
      one { UInt64($0.table.kernel.connectionTableSize) }),
    TableMetric(
      "ipvs_connections", .counter, "Connections scheduled, those of deleted services included.",
      one { $0.totals.connections }),
    TableMetric(
      "ipvs_incoming_packets", .counter, "Packets from clients.", one { $0.totals.inboundPackets }),
    TableMetric(
      "ipvs_outgoing_packets", .counter,
      "Packets to clients that passed the director: those of masquerading.",
      one { $0.totals.outboundPackets }),
    TableMetric(
      "ipvs_incoming_bytes", .counter, "Bytes from clients, IP headers included.",
      one { $0.totals.inboundBytes }),
    TableMetric(
      "ipvs_outgoing_bytes", .counter, "Bytes to clients that passed the director.",
      one { $0.totals.outboundBytes }),
    TableMetric(
      "ipvs_services", .gauge, "Virtual services.", one { UInt64($0.table.services.count) }),
    TableMetric(
      "ipvs_backends", .gauge, "Real servers of all services.",
      one { $0.table.services.reduce(0) { $0 + UInt64($1.servers.count) } }),
    TableMetric(
      "ipvs_rules_hash", .gauge,
      "A number that changes with services, real servers, timeouts, and daemons, not with weights.",
      one { RulesHash($0.table, $0.timeouts, $0.daemons).value }),
    TableMetric(
      "ipvs_last_apply_timestamp_seconds", .gauge,
      "When ipvsadm last changed the table as a whole (--apply, --undo); 0: not known.",
      one { UInt64(clamping: $0.lastApply ?? 0) }),
    TableMetric(
      "ipvs_timeout_seconds", .gauge, "How long idle connections are remembered (--set).",
      { report in
        [
          ("tcp", report.timeouts.tcp), ("tcpfin", report.timeouts.tcpFin),
          ("udp", report.timeouts.udp),
        ].map { (name: ByteString, seconds: UInt32) in
          MetricSample(labels: [MetricLabel("timeout", name)], value: UInt64(seconds))
        }
      }),
    TableMetric(
      "ipvs_sync_daemon_running", .gauge, "Whether the sync daemon of this role runs: 1 or 0.",
      { report in
        [SyncDaemon.Role.master, .backup].map { role in
          MetricSample(
            labels: [MetricLabel("role", ByteString(role.description))],
            value: report.daemons.contains { $0.role == role } ? 1 : 0)
        }
      }),
    TableMetric(
      "ipvs_sync_daemon", .info, "The sync daemons that run: role, interface, and sync ID.",
      { report in
        report.daemons.map { daemon in
          MetricSample(labels: [
            MetricLabel("mcast_interface", daemon.interface.text),
            MetricLabel("role", ByteString(daemon.role.description)),
            MetricLabel("syncid", ByteString("\(daemon.syncID)")),
          ])
        }
      }),
  ]
}
