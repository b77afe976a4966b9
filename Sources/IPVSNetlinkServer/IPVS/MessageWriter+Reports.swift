// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSBalancing
internal import IPVSNetlinkFormat
internal import IPVSProtocol
internal import IPVSText

// Replies with the kernel's attributes in the kernel's order (ip_vs_ctl.c, `ip_vs_genl_fill_service` and
// the like).
extension MessageWriter {
  mutating func write(_ service: ServiceReport) {
    typealias Key = IPVSFamily.Service
    let key = service.key
    let settings = service.settings
    nest(IPVSFamily.Part.service.rawValue, isMarked: false) { writer in
      writer.attribute(Key.family.rawValue, number: key.family.rawValue)
      if key.mark != 0 {
        writer.attribute(Key.mark.rawValue, number: key.mark)
      } else {
        writer.attribute(Key.transport.rawValue, number: key.transport)
        writer.attribute(Key.address.rawValue, key.family, address: key.address)
        writer.attribute(Key.port.rawValue, port: key.port)
      }
      writer.attribute(
        Key.scheduler.rawValue, text: settings.scheduler?.bytes ?? ServiceRequest.noScheduler)
      if !settings.engine.isEmpty {
        writer.attribute(Key.engine.rawValue, text: settings.engine.bytes)
      }
      writer.attribute(Key.flags.rawValue, numbers: settings.flags, .max)
      writer.attribute(
        Key.timeout.rawValue, number: settings.timeout / UInt32(Instant.ticksPerSecond))
      writer.attribute(Key.netmask.rawValue, number: key.family.netmaskField(settings.netmask))
      writer.write(service.statistics, Key.statistics.rawValue, wide: Key.statistics64.rawValue)
    }
  }

  mutating func write(_ server: ServerReport) {
    typealias Key = IPVSFamily.Server
    let settings = server.settings
    nest(IPVSFamily.Part.server.rawValue, isMarked: false) { writer in
      writer.attribute(Key.address.rawValue, server.key.family, address: server.key.address)
      writer.attribute(Key.port.rawValue, port: server.key.port)
      writer.attribute(Key.forwarding.rawValue, number: settings.forwarding)
      writer.attribute(Key.weight.rawValue, number: UInt32(bitPattern: settings.weight))
      writer.attribute(Key.tunnelKind.rawValue, number: settings.tunnelKind)
      writer.attribute(Key.tunnelPort.rawValue, port: settings.tunnelPort)
      writer.attribute(Key.tunnelFlags.rawValue, number: settings.tunnelFlags)
      writer.attribute(Key.upperThreshold.rawValue, number: settings.upperThreshold)
      writer.attribute(Key.lowerThreshold.rawValue, number: settings.lowerThreshold)
      writer.attribute(Key.activeConnections.rawValue, number: server.activeConnections)
      writer.attribute(Key.inactiveConnections.rawValue, number: server.inactiveConnections)
      writer.attribute(Key.persistentConnections.rawValue, number: server.persistentConnections)
      writer.attribute(Key.family.rawValue, number: server.key.family.rawValue)
      writer.write(server.statistics, Key.statistics.rawValue, wide: Key.statistics64.rawValue)
    }
  }

  mutating func write(_ role: DaemonRole, _ daemon: DaemonSettings) {
    typealias Key = IPVSFamily.Daemon
    nest(IPVSFamily.Part.daemon.rawValue, isMarked: false) { writer in
      writer.attribute(Key.role.rawValue, number: role.rawValue)
      writer.attribute(Key.interface.rawValue, text: daemon.interface.bytes)
      writer.attribute(Key.syncID.rawValue, number: daemon.syncID)
      writer.attribute(Key.maximumLength.rawValue, number: daemon.maximumLength)
      // Unlike every other port of the family, this one is in host byte order.
      writer.attribute(Key.port.rawValue, number: daemon.port)
      writer.attribute(Key.timeToLive.rawValue, number: daemon.timeToLive)
      switch daemon.group {
      case .v4(let group): writer.attribute(Key.group.rawValue, number: group.bits.bigEndian)
      case .v6(let group): writer.attribute(Key.group6.rawValue, .v6(group))
      case nil: break
      }
    }
  }

  /// Writes the counters twice: in 32 bits (byte totals in 64), and in 64 bits.
  private mutating func write(
    _ statistics: TrafficReport, _ narrow: UInt16, wide: UInt16
  ) {
    let padding = IPVSFamily.Counter.padding.rawValue
    let values = statistics.inOrder
    nest(narrow, isMarked: false) { writer in
      for index in values.indices {
        let (key, value) = values[index]
        if key == .inboundBytes || key == .outboundBytes {
          writer.attribute(key.rawValue, aligned: value, padding: padding)
        } else {
          writer.attribute(key.rawValue, number: UInt32(truncatingIfNeeded: value))
        }
      }
    }
    write(statistics, wide: wide)
  }

  /// Writes the counters in 64 bits.
  mutating func write(_ statistics: TrafficReport, wide number: UInt16) {
    let values = statistics.inOrder
    nest(number, isMarked: false) { writer in
      for index in values.indices {
        let (key, value) = values[index]
        writer.attribute(
          key.rawValue, aligned: value, padding: IPVSFamily.Counter.padding.rawValue)
      }
    }
  }
}

extension TrafficReport {
  fileprivate var inOrder: InlineArray<10, (IPVSFamily.Counter, UInt64)> {
    [
      (.connections, totals.connections), (.inboundPackets, totals.inboundPackets),
      (.outboundPackets, totals.outboundPackets), (.inboundBytes, totals.inboundBytes),
      (.outboundBytes, totals.outboundBytes), (.connectionRate, rates.connections),
      (.inboundPacketRate, rates.inboundPackets), (.outboundPacketRate, rates.outboundPackets),
      (.inboundByteRate, rates.inboundBytes), (.outboundByteRate, rates.outboundBytes),
    ]
  }
}
