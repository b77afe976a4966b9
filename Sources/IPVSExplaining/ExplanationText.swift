// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSListing
internal import IPVSRules
package import IPVSText

/// The text of explanations, a line for each step (ipvsadm(8), `--explain`).
package struct ExplanationText {
  /// Whether each explanation begins with its packet, where there are several.
  private let hasPackets: Bool

  /// - Parameter hasPackets: Whether each explanation begins with its packet.
  package init(hasPackets: Bool) {
    self.hasPackets = hasPackets
  }

  /// Appends an explanation.
  package func append(_ explanation: PacketExplanation, to output: inout TextBuffer) {
    if hasPackets { output.append("packet: \("\(explanation.packet)")\n") }
    for step in explanation.steps {
      output.append("\(step.name.rawValue): \(step.reason)\n")
    }
    append(explanation.unmarked ?? explanation.answer, to: &output)
    if explanation.unmarked != nil {
      output.append("depends: \(explanation.answer.reason)\n")
    }
    for remark in explanation.remarks { output.append("remark: \(remark)\n") }
  }

  private func append(_ answer: Answer, to output: inout TextBuffer) {
    switch answer.certainty {
    case .certain, .now:
      guard let server = answer.server else { return }
      let word = answer.certainty == .now ? "now: would go to, as counts stand" : "certain"
      output.append("server: \(text(server)) (\(word))\n")
    case .depends:
      let none = answer.mayBeNone ? ", or to none" : ""
      output.append(
        answer.candidates.isEmpty
          ? "server: depends on \(answer.reason)\n"
          : "server: goes to one of \(answer.candidates.count)\(none) (depends on \(answer.reason))\n"
      )
      for candidate in answer.candidates {
        output.append("  \(text(candidate))\(candidate.share.map(text) ?? "")\n")
      }
    case .none: output.append("server: none, \(answer.reason)\n")
    }
  }

  private func text(_ candidate: Candidate) -> String {
    let end =
      candidate.endpoint.port == 0
      ? "\(candidate.endpoint.address)" : "\(candidate.endpoint)"
    return "\(end) \(candidate.forwarding.listed) weight \(candidate.weight)"
  }

  private func text(_ share: Fraction) -> String {
    ", \(share.part) of \(share.whole) \(share.unit.rawValue)"
  }
}
