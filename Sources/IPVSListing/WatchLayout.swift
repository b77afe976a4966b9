// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSNames
import IPVSRules
import IPVSText

/// The columns of a watched table, in their order.
enum WatchColumn: CaseIterable {
  case weight
  case share
  case want
  case active
  case connections
  case inbound
  case outbound

  var title: String {
    switch self {
    case .weight: "WEIGHT"
    case .share: "SHARE"
    case .want: "WANT"
    case .active: "ACTIVE"
    case .connections: "CONN/S"
    case .inbound: "IN B/S"
    case .outbound: "OUT B/S"
    }
  }

  /// - Parameter exact: Whether there are all digits instead of units.
  func width(exact: Bool) -> Int {
    switch self {
    case .weight: exact ? 10 : 6
    case .share: 5
    case .want: 4
    case .active: exact ? 10 : 6
    case .connections: exact ? 9 : 6
    case .inbound: exact ? 13 : 6
    case .outbound: exact ? 13 : 7
    }
  }

  /// The columns that a narrow screen goes without, the first one first: from the right, but that of the
  /// active connections.
  static let dispensable: [WatchColumn] = [.outbound, .inbound, .connections, .want, .share]
}

/// Where the columns of a watched table are.
struct WatchLayout: Equatable {
  /// The widest note that is always there; longer ones take what room is left.
  static let noteWidth = 10

  /// The fewest columns in which an address with its port is of use.
  private static let leastName = 16

  let columns: [WatchColumn]
  let nameWidth: Int

  /// The blanks before each column.
  let gap: Int
  let exact: Bool

  /// - Parameters:
  ///   - width: That of the screen; nil: without limit.
  ///   - name: The width of the widest name.
  init(width: Int?, name: Int, exact: Bool) {
    self.exact = exact
    let wanted = max(name, "SERVICE / SERVER".utf8.count)
    guard let width else {
      (columns, nameWidth, gap) = (WatchColumn.allCases, wanted, 2)
      return
    }
    // Beyond this an address is cut, so that a long name of a host does not take all.
    let name = min(wanted, max(24, width * 2 / 5))
    func needed(_ columns: [WatchColumn], _ gap: Int) -> Int {
      columns.reduce(gap + Self.noteWidth) { $0 + gap + $1.width(exact: exact) }
    }
    var columns = WatchColumn.allCases
    var dispensable = WatchColumn.dispensable[...]
    var gap = 2
    while name + needed(columns, gap) > width {
      if gap == 2 {
        gap = 1
      } else if let next = dispensable.popFirst() {
        columns.removeAll { $0 == next }
      } else {
        break
      }
    }
    self.columns = columns
    self.gap = gap
    nameWidth = min(name, max(Self.leastName, width - needed(columns, gap)))
  }

  /// The column behind a column of the table.
  func end(of column: WatchColumn) -> Int {
    var end = nameWidth
    for next in columns {
      end += gap + next.width(exact: exact)
      if next == column { break }
    }
    return end
  }

  /// The column in which notes begin.
  var noteStart: Int { columns.last.map(end) ?? nameWidth + gap }

  /// How long the name of a service may be: its first columns are empty.
  var serviceWidth: Int {
    guard columns.contains(.active) else { return nameWidth }
    return end(of: .active) - WatchColumn.active.width(exact: exact) - gap
  }
}

/// Numbers of a watched table.
enum WatchNumber {
  private static let units = Array("KMGTPE".utf8)

  /// A count: all digits as long as they fit, otherwise three at most and a unit.
  static func count(_ number: UInt64, exact: Bool) -> String {
    exact || number < 1_000_000 ? "\(number)" : shortened(Double(number))
  }

  /// Connections per second, with one decimal below ten; `-` where they are not known.
  static func connections(_ rate: Double?, exact: Bool) -> String {
    guard let rate else { return "-" }
    if rate < 9.95 {
      let tenths = Int((rate * 10).rounded())
      if tenths % 10 != 0 { return "\(tenths / 10).\(tenths % 10)" }
    }
    return count(whole(rate.rounded()), exact: exact)
  }

  /// Bytes per second; `-` where they are not known.
  static func bytes(_ rate: Double?, exact: Bool) -> String {
    guard let rate else { return "-" }
    return exact ? "\(whole(rate.rounded()))" : shortened(rate)
  }

  static func share(_ share: Share?) -> String { share.map { "\($0.percent)%" } ?? "-" }

  /// Counters, which rates come from, may have any value.
  private static func whole(_ number: Double) -> UInt64 {
    number < 0x1p64 ? UInt64(number) : .max
  }

  /// `999`, `1.0K`, `12K`, `1.1M`, rounded down.
  private static func shortened(_ number: Double) -> String {
    var rest = number
    var unit = 0
    guard rest >= 1000 else { return "\(UInt64(rest))" }
    while rest >= 1000, unit < units.count {
      rest /= 1000
      unit += 1
    }
    let letter = Unicode.Scalar(units[unit - 1])
    let tenths = UInt64(rest * 10)
    return rest < 10 ? "\(tenths / 10).\(tenths % 10)\(letter)" : "\(UInt64(rest))\(letter)"
  }
}

/// The names of a watched table's rows.
struct WatchNames {
  let text: EndpointText

  /// `TCP 192.0.2.10:80 wlc`, `FWM 5 IPv6 rr`.
  func name(of service: VirtualService) -> [UInt8] {
    var output = TextBuffer()
    switch service.identity {
    case .endpoint(let transport, let endpoint):
      output.append(transport.spelling.listed)
      output.append(" ")
      text.append(endpoint, over: transport, to: &output)
    case .mark(let mark, let family):
      output.append("FWM ")
      output.append(mark)
      if family == .ipv6 { output.append(" IPv6") }
    }
    output.append(" ")
    output.append(service.scheduler.text)
    return output.bytes
  }

  /// The address and port behind two blanks.
  func name(of server: RealServer, in service: VirtualService) -> [UInt8] {
    var output = TextBuffer()
    output.append("  ")
    text.append(server.endpoint, over: service.identity.namedTransport, to: &output)
    return output.bytes
  }

  /// A name that is too long, with two dots for what is left out; its port is kept.
  static func cut(_ name: [UInt8], to width: Int) -> [UInt8] {
    guard name.count > width else { return name }
    guard width > 4 else { return [] }
    let colon = name.lastIndex(of: UInt8(ascii: ":")) ?? name.endIndex
    let dots = Array("..".utf8)
    let end = Array(name[colon...])
    guard end.count + 8 <= width else { return name.prefix(width - 2) + dots }
    return name.prefix(width - 2 - end.count) + dots + end
  }
}
