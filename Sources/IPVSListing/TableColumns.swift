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
  /// Appends what stands behind a real server's address.
  func appendColumns(of listed: ListedServer, to output: inout TextBuffer) {
    let server = listed.server
    switch view {
    case .plain, .tunnels:
      output.append(byte: blank)
      output.left(7) { $0.append(server.forwarding.spelling.listed) }
      if view == .tunnels {
        output.append(byte: blank)
        output.left(13) { $0.appendTunnel(of: server) }
      }
      output.append(column: server.weight.value, width: 6)
    case .persistentConnections:
      output.append(column: server.weight.value, width: 9)
      output.append(column: listed.persistentConnections, width: 11)
    case .thresholds:
      output.append(column: server.upperThreshold, width: 10)
      output.append(column: server.lowerThreshold, width: 10)
    case .statistics:
      return appendTraffic(of: listed.statistics, to: &output)
    case .rates:
      return appendServerRates(listed.statistics.rates, to: &output)
    }
    output.append(column: listed.activeConnections, width: 10)
    output.append(column: listed.inactiveConnections, width: 10)
  }

  /// Appends the five columns of totals or rates.
  func appendTraffic(of statistics: Statistics, to output: inout TextBuffer) {
    let traffic = view == .rates ? statistics.rates : statistics.totals
    appendCounter(traffic.connections, to: &output)
    appendCounter(traffic.inboundPackets, to: &output)
    appendCounter(traffic.outboundPackets, to: &output)
    appendCounter(traffic.inboundBytes, to: &output)
    appendCounter(traffic.outboundBytes, to: &output)
  }

  /// As `appendTraffic`, but 1.31 prints the first three rates of a real server in all their digits,
  /// whether exact numbers are asked for or not.
  private func appendServerRates(_ rates: Traffic, to output: inout TextBuffer) {
    output.appendWhole(rates.connections)
    output.appendWhole(rates.inboundPackets)
    output.appendWhole(rates.outboundPackets)
    appendCounter(rates.inboundBytes, to: &output)
    appendCounter(rates.outboundBytes, to: &output)
  }

  private func appendCounter(_ number: UInt64, to output: inout TextBuffer) {
    exact ? output.appendWhole(number) : output.appendShort(number)
  }
}

let blank = UInt8(ascii: " ")

extension TextBuffer {
  /// Appends a blank and then `number`, with blanks behind it until it is `width` bytes wide.
  fileprivate mutating func append(column number: some BinaryInteger, width: Int) {
    append(byte: blank)
    left(width) { $0.append(number) }
  }

  /// Appends a blank and then all digits of a counter, in a column of eight or more.
  fileprivate mutating func appendWhole(_ number: UInt64) {
    append(byte: blank)
    right(8, number)
  }

  /// Up to which counter each unit is used; the last has no limit.
  private static let counterUnits: [(limit: UInt64, divisor: UInt64, letter: UInt8)] = [
    (1_000_000_000, 1000, UInt8(ascii: "K")),
    (100_000_000_000, 1_000_000, UInt8(ascii: "M")),
    (100_000_000_000_000, 1_000_000_000, UInt8(ascii: "G")),
    (.max, 1_000_000_000_000, UInt8(ascii: "T")),
  ]

  /// Appends a counter in a column of nine: whole below 100,000,000, in thousands (`K`) below
  /// 1,000,000,000, and so on, rounded down.
  fileprivate mutating func appendShort(_ number: UInt64) {
    guard number >= 100_000_000 else { return right(9, number) }
    for unit in Self.counterUnits where number < unit.limit || unit.limit == .max {
      right(8, number / unit.divisor)
      return append(byte: unit.letter)
    }
  }

  /// Appends how packets are wrapped for a server: `ipip`, `gue:6080:+c`, `gre:-c`; `n/a` where they
  /// are not, or in a way that has no name.
  fileprivate mutating func appendTunnel(of server: RealServer) {
    guard server.forwarding == .tunneling else { return append("n/a") }
    switch server.tunnel.kind {
    case .ipip:
      append("ipip")
    case .gue:
      append("gue:")
      append(server.tunnel.port)
      append(":")
      append(server.tunnel.flags.listed)
    case .gre:
      append("gre:")
      append(server.tunnel.flags.listed)
    default:
      append("n/a")
    }
  }
}
