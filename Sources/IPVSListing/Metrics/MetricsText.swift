// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSRules
import IPVSText

extension MetricFamily {
  /// What a sample's name has behind that of its family.
  var suffix: StaticString {
    switch kind {
    case .counter: "_total"
    case .gauge: ""
    case .info: "_info"
    }
  }

  /// The word for the kind.
  func type(in format: MetricsExposition.Format) -> StaticString {
    switch (kind, format) {
    case (.counter, _): "counter"
    case (.info, .openMetrics): "info"
    case (.gauge, _), (.info, .prometheus): "gauge"
    }
  }

  /// The unit, by which the name ends.
  var unit: StaticString? {
    let name = "\(name)"
    return name.hasSuffix("_bytes") ? "bytes" : name.hasSuffix("_seconds") ? "seconds" : nil
  }
}

extension TextBuffer {
  /// Appends the lines that precede the samples of a family.
  mutating func appendHead(
    _ metric: MetricFamily, _ format: MetricsExposition.Format
  ) {
    var lines: [(StaticString, StaticString)] = [
      ("# HELP ", metric.help), ("# TYPE ", metric.type(in: format)),
    ]
    if format == .openMetrics, let unit = metric.unit { lines.append(("# UNIT ", unit)) }
    for (keyword, text) in lines {
      append(literal: keyword)
      append(literal: metric.name)
      // In OpenMetrics a family has the name without the endings of its samples.
      if format == .prometheus { append(literal: metric.suffix) }
      append(byte: UInt8(ascii: " "))
      append(literal: text)
      append(byte: newline)
    }
  }

  mutating func appendName(_ metric: MetricFamily) {
    append(literal: metric.name)
    append(literal: metric.suffix)
  }

  /// Appends the labels of a service, with the names and values of node_exporter's collector:
  /// those of /proc/net/ip_vs, where a mark has eight hexadecimal digits. Both families' services of one
  /// mark are the same there; here that of IPv6 has the address `::`.
  mutating func appendLabels(of identity: ServiceIdentity) {
    append("local_address=\"")
    switch identity {
    case .endpoint(let transport, let endpoint):
      append(endpoint.address)
      append("\",local_mark=\"\",local_port=\"")
      append(endpoint.port)
      append("\",proto=\"")
      switch transport {
      case .tcp, .udp, .sctp: append(transport.spelling.listed)
      default:
        append("IP_")
        append(transport.rawValue)
      }
    case .mark(let mark, let family):
      if family == .ipv6 { append("::") }
      append("\",local_mark=\"")
      let digits = String(mark, radix: 16, uppercase: true)
      for _ in digits.utf8.count..<8 { append(byte: UInt8(ascii: "0")) }
      append(digits)
      append("\",local_port=\"0\",proto=\"FWM")
    }
    append(byte: UInt8(ascii: "\""))
  }

  /// Appends a comma, or for the first one a brace, and a label, with what is special in its value
  /// escaped. What is no UTF-8 becomes U+FFFD.
  mutating func append(_ name: StaticString, value: ByteString, isFirst: Bool = false) {
    append(isFirst ? "{" : ",")
    append(literal: name)
    append("=\"")
    for byte in value.description.utf8 {
      switch byte {
      case UInt8(ascii: "\\"), UInt8(ascii: "\""): append(contentsOf: [UInt8(ascii: "\\"), byte])
      case newline: append("\\n")
      default: append(byte: byte)
      }
    }
    append(byte: UInt8(ascii: "\""))
  }
}
