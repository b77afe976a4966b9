// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSRules
package import IPVSText

/// The table as text for programs that watch it: Prometheus text 0.0.4 or OpenMetrics 1.0.
///
/// Series of one name stand together, so each name is a walk over the table. The text is made in pieces:
/// that of a large table with its servers is twenty times as long as the listing of it.
package struct MetricsExposition {
  package enum Format: Sendable {
    /// Prometheus text 0.0.4. A last line says how many series there were.
    case prometheus

    /// OpenMetrics 1.0, which has no room for such a line.
    case openMetrics
  }

  private let report: MetricsReport
  private let drains: DrainTimes
  private let format: Format
  private let hasServers: Bool

  /// The labels of the table, and of each service, from their brace on, without the closing one.
  private let tableLabels: [UInt8]
  private let serviceLabels: LabelTexts

  /// How many series were written.
  package private(set) var series = 0

  /// The names that are written, and the service at which the present one is.
  private var family = 0
  private var service = 0
  private var isComplete = false

  /// - Parameters:
  ///   - report: What was read. It is put in order.
  ///   - hasServers: Whether each real server has its series, too.
  ///   - labels: What tells the series of this table from those of others.
  package init(
    _ report: consuming MetricsReport, _ format: Format, hasServers: Bool,
    labels: [(name: StaticString, value: ByteString)] = []
  ) {
    report.table.services.sort { $0.service.identity < $1.service.identity }
    if hasServers {
      for index in report.table.services.indices {
        report.table.services[index].servers.sort { $0.server.endpoint < $1.server.endpoint }
      }
    }
    var text = TextBuffer()
    for label in labels {
      text.append(label.name, value: label.value, isFirst: text.count == 0)
    }
    tableLabels = text.bytes
    serviceLabels = LabelTexts(of: report.table.services, behind: tableLabels)
    drains = DrainTimes(report.drained)
    self.report = report
    self.format = format
    self.hasServers = hasServers
  }

  /// Appends the next part of the text.
  ///
  /// - Parameter length: About how many bytes it has.
  /// - Returns: Whether there was one.
  package mutating func append(atLeast length: Int = 256 << 10, to output: inout TextBuffer) -> Bool
  {
    guard !isComplete else { return false }
    while !isComplete, output.count < length { appendStep(to: &output) }
    return true
  }

  /// Appends the series of one name about the table, or about one service.
  private mutating func appendStep(to output: inout TextBuffer) {
    var index = family
    if index < TableMetric.all.count {
      append(TableMetric.all[index], to: &output)
      family += 1
      return
    }
    index -= TableMetric.all.count
    let isOfService = index < ServiceMetric.all.count
    if !isOfService { index -= ServiceMetric.all.count }
    guard isOfService || hasServers && index < ServerMetric.all.count else {
      return end(&output)
    }
    if service == 0 {
      if isOfService {
        output.appendHead(ServiceMetric.all[index].family, format)
      } else {
        output.appendHead(ServerMetric.all[index].family, format)
      }
    }
    guard service < report.table.services.count else {
      family += 1
      service = 0
      return
    }
    if isOfService {
      append(ServiceMetric.all[index], to: &output)
    } else {
      append(ServerMetric.all[index], to: &output)
    }
    service += 1
  }

  private mutating func end(_ output: inout TextBuffer) {
    switch format {
    case .prometheus:
      output.append("# ")
      output.append(series)
      output.append(" series\n")
    case .openMetrics: output.append("# EOF\n")
    }
    isComplete = true
  }
}

// MARK: - Samples

extension MetricsExposition {
  private mutating func append(_ metric: TableMetric, to output: inout TextBuffer) {
    output.appendHead(metric.family, format)
    for sample in metric.read(report) {
      output.appendName(metric.family)
      let start = output.count
      output.append(contentsOf: tableLabels)
      for label in sample.labels {
        output.append(label.name, value: label.value, isFirst: output.count == start)
      }
      if output.count > start { output.append(byte: UInt8(ascii: "}")) }
      output.append(byte: UInt8(ascii: " "))
      output.append(sample.value)
      output.append(byte: newline)
      series += 1
    }
  }

  /// Appends the series of the present service.
  private mutating func append(_ metric: ServiceMetric, to output: inout TextBuffer) {
    let services = report.table.services
    let sample = metric.read(services[service], drains)
    output.append(contentsOf: start(of: metric.family))
    for label in sample.labels { output.append(label.name, value: label.value) }
    output.append("} ")
    output.append(sample.value)
    output.append(byte: newline)
    series += 1
  }

  /// The start of a line about the present service: the name, and its labels without the closing brace.
  private func start(of family: MetricFamily) -> [UInt8] {
    let labels = serviceLabels.bytes[serviceLabels.range(service)]
    var text = TextBuffer(capacity: 64 + labels.count)
    text.appendName(family)
    text.append(contentsOf: labels)
    return text.bytes
  }

  /// Appends the series of the servers of the present service. There may be millions in all, so what
  /// lines have in common is made once, and many lines are written in one piece of memory.
  private mutating func append(_ metric: ServerMetric, to output: inout TextBuffer) {
    let identity = report.table.services[service].service.identity
    let servers = report.table.services[service].servers
    let start = start(of: metric.family) + Array(",remote_address=\"".utf8)
    let port = Array("\",remote_port=\"".utf8)
    let isInfo = metric.family.kind == .info
    let room = start.count + Self.roomOfServer + (isInfo ? Self.roomOfInfo : 0)
    var count = 0
    for first in stride(from: 0, to: servers.count, by: Self.linesAtATime) {
      let part = first..<min(first + Self.linesAtATime, servers.count)
      output.append(atMost: part.count * room) { lines in
        var end = 0
        for index in part {
          guard let value = metric.read(servers[index], identity, drains) else { continue }
          let endpoint = servers[index].server.endpoint
          end = lines.copy(start.span, at: end)
          switch endpoint.address {
          case .v4(let address): end = lines.writeOctets(address.bits, at: end)
          case .v6(let address): end = lines.write(address, at: end)
          }
          end = lines.copy(port.span, at: end)
          end = lines.writeShort(endpoint.port, at: end)
          end = lines.write(byte: UInt8(ascii: "\""), at: end)
          if isInfo { end = lines.copy(servers[index].server.infoLabels.span, at: end) }
          end = lines.write(byte: UInt8(ascii: "}"), at: end)
          end = lines.write(byte: UInt8(ascii: " "), at: end)
          end = lines.writeDecimal(value, at: end)
          end = lines.write(byte: newline, at: end)
          count += 1
        }
        return end
      }
    }
    series += count
  }

  /// The most lines that are written in one piece.
  private static let linesAtATime = 64

  /// The most bytes of an address, a port with its label, and a value.
  private static let roomOfServer = IPv6Address.textRoom + 56

  /// The most bytes of the labels of `ipvs_backend_info`.
  private static let roomOfInfo = 64
}

/// The labels of all services, in one piece of memory.
private struct LabelTexts {
  private(set) var bytes: [UInt8] = []
  private var ends: [Int] = []

  /// The labels of services.
  ///
  /// - Parameter start: The labels before them with their brace; empty where there are none.
  init(of services: [ListedService], behind start: [UInt8]) {
    var text = TextBuffer()
    for listed in services {
      text.append(contentsOf: start)
      text.append(start.isEmpty ? "{" : ",")
      text.appendLabels(of: listed.service.identity)
      ends.append(text.count)
    }
    bytes = text.bytes
  }

  /// Where a text is in `bytes`.
  func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }
}

extension RealServer {
  /// The labels of `ipvs_backend_info` beside those of all series.
  fileprivate var infoLabels: [UInt8] {
    var text = TextBuffer()
    text.append("forward", value: ByteString(forwarding.word))
    text.append(
      "tunnel", value: forwarding == .tunneling ? ByteString(tunnel.kind.wordOrNumber) : "")
    return text.bytes
  }
}
