// SPDX-License-Identifier: Apache-2.0

package import IPVSText

extension Diagnosis {
  /// The most objects that are printed of a finding.
  private static let mostObjects = 5

  /// The diagnosis as people read it: what was looked at, a block for each finding, and what was not looked
  /// for.
  package var text: TextBuffer {
    var text = TextBuffer()
    text.append(line: headline)
    for finding in findings { append(finding, to: &text) }
    appendSkips(to: &text)
    if let closing { text.append(line: "note: \(closing)") }
    text.append(line: summary)
    return text
  }

  private var headline: String {
    var parts = [head.source]
    if !head.kernel.isEmpty { parts.append(head.kernel) }
    if let namespace = head.namespace { parts.append("network namespace \(namespace)") }
    for (count, name) in [
      (head.services, "service"), (head.servers, "server"), (head.connections, "connection"),
    ] {
      if let count { parts.append("\(count) \(name)\(count == 1 ? "" : "s")") }
    }
    return parts.joined(separator: ", ")
  }

  private func append(_ finding: Finding, to text: inout TextBuffer) {
    text.append(
      line: "\(finding.severity.rawValue) \(finding.code.rawValue): \(finding.code.entry.title)")
    if let first = finding.objects.first {
      let shown = finding.objects.prefix(Self.mostObjects).map(\.description)
        .joined(separator: ", ")
      let more = finding.objects.count - Self.mostObjects
      let word = first.word(isPlural: finding.objects.count > 1)
      text.append(line: "  \(word): \(shown)" + (more > 0 ? ", and \(more) more" : ""))
    }
    for evidence in finding.evidence {
      text.append(line: "  evidence: \(evidence.source) = \(evidence.value)")
    }
    text.append(line: "  cause: \(finding.cause)")
    for remedy in finding.remedy { text.append(line: "  remedy: \(remedy)") }
  }

  /// One line for the checks that were left out for one reason.
  private func appendSkips(to text: inout TextBuffer) {
    var reasons: [String] = []
    var codes: [String: [String]] = [:]
    for skip in skips {
      if codes[skip.reason] == nil { reasons.append(skip.reason) }
      codes[skip.reason, default: []].append(skip.code.rawValue)
    }
    for reason in reasons {
      text.append(
        line: "not checked: \((codes[reason] ?? []).joined(separator: " ")): \(reason)")
    }
  }

  private var summary: String {
    let counts = Severity.allCases.map { severity in
      let count = findings.count { $0.severity == severity }
      return "\(count) \(severity.rawValue)\(count == 1 ? "" : "s")"
    }
    return counts.joined(separator: ", ")
  }
}

extension TextBuffer {
  /// Appends a line in printable bytes: a name from the host may hold the end of a line.
  fileprivate mutating func append(line: String) {
    for byte in line.utf8 { append(byte: byte < 0x20 || byte == 0x7f ? UInt8(ascii: "?") : byte) }
    append(byte: UInt8(ascii: "\n"))
  }
}
