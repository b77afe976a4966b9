// SPDX-License-Identifier: Apache-2.0

import IPVSText

/// The series of one name, and what is said of it.
///
/// The tables of `TableMetric`, `ServiceMetric`, and `ServerMetric` are the one list of metrics; ipvsadm(8)
/// has the same names. Those that node_exporter's own collector has as `node_ipvs_...` are named as there,
/// where a real server is a backend.
struct MetricFamily: Sendable {
  enum Kind {
    case counter
    case gauge

    /// Labels that say how something is set, with the value 1.
    case info
  }

  /// The name without `_total` and `_info`.
  let name: StaticString
  let kind: Kind
  let help: StaticString
}

/// A label with its value, which is escaped when it is written.
struct MetricLabel {
  let name: StaticString
  let value: ByteString

  init(_ name: StaticString, _ value: ByteString) {
    self.name = name
    self.value = value
  }
}

/// A value, and labels beside those of its subject.
struct MetricSample {
  var labels: [MetricLabel] = []
  var value: UInt64 = 1
}
