// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSGrammar
import IPVSRules
import IPVSText

/// The lines of `global_defs` and `vrrp_instance` that are about a table.
enum KeepalivedGlobals {
  static func read(_ block: KeepalivedStatement, _ result: inout Import) {
    for line in block.block ?? [] {
      switch line.keyword {
      case "lvs_timeouts": readTimeouts(line, &result)
      case "lvs_sync_daemon": readDaemon(line, &result)
      default:
        result.note(
          .ignored, line.place, "\(line.keyword) is not of the table", isRoutine: true)
      }
    }
  }

  static func readInstance(_ block: KeepalivedStatement, _ result: inout Import) {
    for line in block.block ?? []
    where ["lvs_sync_daemon_interface", "lvs_sync_daemon_inteface"].contains(line.keyword) {
      result.note(
        .note, line.place,
        "keepalived 2 knows no \(line.keyword); its lvs_sync_daemon is in global_defs, and the daemon follows "
          + "VRRP")
    }
    result.note(.ignored, block.place, "\(block.keyword) is not of the table", isRoutine: true)
  }

  private static let timeouts: [ByteString: any WritableKeyPath<Timeouts, UInt32> & Sendable] = [
    "tcp": \.tcp, "tcpfin": \.tcpFin, "udp": \.udp,
  ]

  private static func readTimeouts(_ line: KeepalivedStatement, _ result: inout Import) {
    var rest = line.words.dropFirst()
    var found = result.rules.timeouts ?? Timeouts(tcp: 0, tcpFin: 0, udp: 0)
    while let word = rest.popFirst() {
      guard let property = timeouts[word],
        let seconds = rest.popFirst()?.number(in: 0...OptionName.longestTimeout)
      else {
        result.note(
          .error, line.place,
          "lvs_timeouts takes tcp, tcpfin, and udp, each with seconds from 0 to "
            + "\(OptionName.longestTimeout); from \(word) on the line is left out")
        break
      }
      found[keyPath: property] = UInt32(seconds)
    }
    if found != Timeouts(tcp: 0, tcpFin: 0, udp: 0) { result.rules.timeouts = found }
  }

  /// The options of `lvs_sync_daemon` that take a number, with its range.
  private static let numbers:
    [ByteString: (ClosedRange<Int>, @Sendable (inout SyncDaemon, Int) -> Void)] = [
      "id": (0...255, { $0.syncID = UInt32($1) }),
      "maxlen": (1...65507, { $0.maximumLength = UInt16($1) }),
      "port": (1...65535, { $0.port = UInt16($1) }),
      "ttl": (1...255, { $0.timeToLive = UInt8($1) }),
    ]

  private static func readDaemon(_ line: KeepalivedStatement, _ result: inout Import) {
    guard let interface = line[1].flatMap({ KernelName($0, atMost: KernelName.longestInterface) })
    else {
      result.note(
        .error, line.place,
        "lvs_sync_daemon needs the name of an interface, of 15 bytes at most; the line is left out")
      return
    }
    var daemon = SyncDaemon(.master, interface: interface)
    var rest = line.words.dropFirst(2)
    while let word = rest.popFirst() {
      if let (range, set) = numbers[word], let number = rest.popFirst()?.number(in: range) {
        set(&daemon, number)
      } else if word == "group", let group = rest.popFirst().flatMap(numericAddress),
        group.isMulticast
      {
        daemon.group = group
      } else if numbers[word] == nil, word != "group" {
        result.note(
          .note, line.place,
          "the sync daemon is master or backup as VRRP instance \(rest.first ?? word) is, and is left out"
        )
        return
      } else {
        result.note(.error, line.place, "the value of \(word) is not one; the line is left out")
        return
      }
    }
    var backup = daemon
    backup.role = .backup
    result.rules.daemons = [daemon, backup]
  }
}
