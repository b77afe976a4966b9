// SPDX-License-Identifier: Apache-2.0

import IPVSRules
import IPVSText

extension TableView {
  /// Whether a service's row, too, has counters instead of its settings.
  var isOfTraffic: Bool { self == .statistics || self == .rates }

  /// The line of titles over services.
  var serviceTitles: ByteString {
    switch self {
    case .plain, .tunnels: "Prot LocalAddress:Port Scheduler Flags"
    case .statistics:
      "Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes"
    case .rates:
      "Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS"
    case .thresholds:
      "Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn "
    case .persistentConnections:
      "Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn "
    }
  }

  /// The line of titles over real servers.
  var serverTitles: ByteString {
    switch self {
    case .plain:
      "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn"
    case .tunnels:
      "  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn"
    case .statistics, .rates, .thresholds, .persistentConnections:
      "  -> RemoteAddress:Port"
    }
  }
}

extension TableListing {
  /// Writes the columns after a real server's address from `start`, and returns the offset after
  /// them.
  func writeColumns(
    of listed: ListedServer, to line: inout MutableRawSpan, at start: Int
  ) -> Int {
    let server = listed.server
    var end = start
    switch view {
    case .plain, .tunnels:
      end = line.write(server.forwarding.spelling.listed, inColumnOf: 7, at: end)
      if view == .tunnels { end = line.writeTunnel(of: server, at: end) }
      end = line.write(UInt64(server.weight.value.magnitude), inColumnOf: 6, at: end)
    case .persistentConnections:
      end = line.write(UInt64(server.weight.value.magnitude), inColumnOf: 9, at: end)
      end = line.write(UInt64(listed.persistentConnections), inColumnOf: 11, at: end)
    case .thresholds:
      end = line.write(UInt64(server.upperThreshold), inColumnOf: 10, at: end)
      end = line.write(UInt64(server.lowerThreshold), inColumnOf: 10, at: end)
    case .statistics:
      return writeTraffic(of: listed.statistics, to: &line, at: end)
    case .rates:
      return writeServerRates(listed.statistics.rates, to: &line, at: end)
    }
    end = line.write(UInt64(listed.activeConnections), inColumnOf: 10, at: end)
    return line.write(UInt64(listed.inactiveConnections), inColumnOf: 10, at: end)
  }

  /// Writes the five columns of totals or rates.
  func writeTraffic(
    of statistics: Statistics, to line: inout MutableRawSpan, at start: Int
  ) -> Int {
    let traffic = view == .rates ? statistics.rates : statistics.totals
    var end = writeCounter(traffic.connections, to: &line, at: start)
    end = writeCounter(traffic.inboundPackets, to: &line, at: end)
    end = writeCounter(traffic.outboundPackets, to: &line, at: end)
    end = writeCounter(traffic.inboundBytes, to: &line, at: end)
    return writeCounter(traffic.outboundBytes, to: &line, at: end)
  }

  /// As `writeTraffic`, but 1.31 prints the first three rates of a real server in all their digits,
  /// whether exact numbers are asked for or not.
  private func writeServerRates(
    _ rates: Traffic, to line: inout MutableRawSpan, at start: Int
  ) -> Int {
    var end = line.writeWhole(rates.connections, at: start)
    end = line.writeWhole(rates.inboundPackets, at: end)
    end = line.writeWhole(rates.outboundPackets, at: end)
    end = writeCounter(rates.inboundBytes, to: &line, at: end)
    return writeCounter(rates.outboundBytes, to: &line, at: end)
  }

  private func writeCounter(
    _ number: UInt64, to line: inout MutableRawSpan, at start: Int
  ) -> Int {
    exact ? line.writeWhole(number, at: start) : line.writeShortened(number, at: start)
  }
}

let blank = UInt8(ascii: " ")

/// The unit of counters up to a limit.
private struct CounterUnit {
  let limit: UInt64
  let divisor: UInt64
  let letter: UInt8
}

private let counterUnits = [
  CounterUnit(limit: 999_999_999, divisor: 1000, letter: UInt8(ascii: "K")),
  CounterUnit(limit: 99_999_999_999, divisor: 1_000_000, letter: UInt8(ascii: "M")),
  CounterUnit(limit: 99_999_999_999_999, divisor: 1_000_000_000, letter: UInt8(ascii: "G")),
  CounterUnit(limit: .max, divisor: 1_000_000_000_000, letter: UInt8(ascii: "T")),
]

extension MutableRawSpan {
  /// Writes `number` at the left of a column, a blank before it (` %-*u`).
  fileprivate mutating func write(
    _ number: UInt64, inColumnOf width: Int, at start: Int
  ) -> Int {
    max(writeDecimal(number, at: start + 1), start + 1 + width)
  }

  /// Writes `text` at the left of a column, a blank before it (` %-*s`).
  fileprivate mutating func write(
    _ text: ByteString, inColumnOf width: Int, at start: Int
  ) -> Int {
    max(write(text.bytes.span, at: start + 1), start + 1 + width)
  }

  /// Writes all digits of a counter (` %8llu`).
  fileprivate mutating func writeWhole(_ number: UInt64, at start: Int) -> Int {
    write(number, atRightOf: 8, at: start + 1)
  }

  /// Writes a counter in nine bytes: whole below 100,000,000, in thousands (`K`) below
  /// 1,000,000,000, and so on, rounded down.
  fileprivate mutating func writeShortened(_ number: UInt64, at start: Int) -> Int {
    guard number >= 100_000_000, let unit = counterUnits.first(where: { number <= $0.limit })
    else { return write(number, atRightOf: 9, at: start) }
    let end = write(number / unit.divisor, atRightOf: 8, at: start)
    return write(byte: unit.letter, at: end)
  }

  private mutating func write(_ number: UInt64, atRightOf width: Int, at start: Int) -> Int {
    writeDecimal(number, at: start + max(0, width - decimalDigitCount(number)))
  }

  /// Writes how packets are encapsulated for a server: `ipip`, `gue:6080:+c`, `gre:-c`; `n/a` where
  /// they are not, or by an encapsulation without a name.
  fileprivate mutating func writeTunnel(of server: RealServer, at start: Int) -> Int {
    var text = TextBuffer()
    switch server.forwarding == .tunneling ? server.tunnel.kind : nil {
    case .ipip:
      text.append("ipip")
    case .gue:
      text.append("gue:")
      text.append(server.tunnel.port)
      text.append(":")
      text.append(server.tunnel.flags.listed)
    case .gre:
      text.append("gre:")
      text.append(server.tunnel.flags.listed)
    default:
      text.append("n/a")
    }
    return write(ByteString(text.bytes), inColumnOf: 13, at: start)
  }
}
