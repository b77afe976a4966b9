// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSText

/// A number for the rules of a table that changes when they do, for programs that watch it.
///
/// Weights, counters, and connections are not counted: programs that check servers set weights, and so
/// does `--drain`. Neither is the order, which differs from kernel to kernel. Two tables with different
/// rules have different numbers, but for one case in 2^53.
package struct RulesHash {
  /// A 64-bit float, as monitoring systems have, holds each number below this.
  private static let limit: UInt64 = 1 << 53

  private var sum: UInt64 = 0

  /// The hash of everything that a director is set to.
  package init(_ table: Snapshot, _ timeouts: Timeouts, _ daemons: [SyncDaemon]) {
    for listed in table.services {
      let service = Mixer(listed.service)
      sum &+= service.state
      for listed in listed.servers { sum &+= Mixer(listed.server, of: service).state }
    }
    sum &+= Mixer(timeouts).state
    for daemon in daemons { sum &+= Mixer(daemon).state }
  }

  /// 0 to 2^53 - 1.
  package var value: UInt64 { (sum ^ sum >> 32) % Self.limit }

  /// Mixes the numbers of one rule, in their order.
  fileprivate struct Mixer {
    private(set) var state: UInt64 = 0

    mutating func add(_ word: UInt64) {
      state = (state ^ word) &* 0x9e37_79b9_7f4a_7c15
      state ^= state >> 29
    }

    mutating func add(_ text: ByteString?) {
      add(UInt64(text.map { $0.count + 1 } ?? 0))
      for byte in text?.bytes ?? [] { add(UInt64(byte)) }
    }

    mutating func add(_ address: IPAddress?) {
      switch address {
      case nil: add(0)
      case .v4(let address):
        add(4)
        add(UInt64(address.bits))
      case .v6(let address):
        add(6)
        add(UInt64(truncatingIfNeeded: address.bits))
        add(UInt64(truncatingIfNeeded: address.bits >> 64))
      }
    }

    mutating func add(_ endpoint: Endpoint) {
      add(endpoint.address)
      add(UInt64(endpoint.port))
    }
  }
}

extension RulesHash.Mixer {
  init(_ service: VirtualService) {
    switch service.identity {
    case .endpoint(let transport, let endpoint):
      add(UInt64(transport.rawValue))
      add(endpoint)
    case .mark(let mark, let family):
      add(family == .ipv4 ? 1 << 32 : 1 << 33)
      add(UInt64(mark))
    }
    add(service.scheduler.text)
    add(UInt64(service.flags.rawValue))
    add(service.persistence.map { UInt64($0) + 1 } ?? 0)
    switch service.netmask {
    case .ipv4(let mask): add(UInt64(mask.bits))
    case .ipv6(let length): add(UInt64(length))
    }
    add(service.engine?.text)
  }

  /// - Parameter service: The numbers of the service.
  init(_ server: RealServer, of service: RulesHash.Mixer) {
    self = service
    add(server.endpoint)
    add(UInt64(server.forwarding.rawValue))
    add(UInt64(server.upperThreshold))
    add(UInt64(server.lowerThreshold))
    guard server.forwarding == .tunneling else { return }
    add(UInt64(server.tunnel.kind.rawValue))
    add(UInt64(server.tunnel.port))
    add(UInt64(server.tunnel.flags.rawValue))
  }

  init(_ timeouts: Timeouts) {
    for seconds in [timeouts.tcp, timeouts.tcpFin, timeouts.udp] { add(UInt64(seconds)) }
  }

  init(_ daemon: SyncDaemon) {
    add(UInt64(daemon.role.rawValue))
    add(daemon.interface.text)
    add(UInt64(daemon.syncID))
    add(daemon.maximumLength.map { UInt64($0) + 1 } ?? 0)
    add(daemon.group)
    add(daemon.port.map { UInt64($0) + 1 } ?? 0)
    add(daemon.timeToLive.map { UInt64($0) + 1 } ?? 0)
  }
}
