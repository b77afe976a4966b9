// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSExplaining
internal import IPVSGrammar
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSystem
internal import IPVSText

/// Says what becomes of packets that begin connections (`--explain`). Nothing is sent, and nothing changed.
struct ExplainExecution {
  let session: Session

  /// The most packets on standard input: they are held until the table is read.
  private static let mostPackets = 100_000

  /// The most faults that are told; then the rest of the input is not read.
  private static let mostFaults = 100

  private static let chunkLength = 64 << 10

  func run(_ request: ExplainRequest) -> ExitStatus {
    guard request.packet != nil || request.rules != "-" else {
      return fail(
        "--explain: standard input cannot hold both the packets and the rules",
        Explanation("both are read from it", "name a file with --rules"))
    }
    let packets: [OpeningPacket]
    if let packet = request.packet {
      packets = [packet]
    } else {
      guard let read = readPackets(mark: request.mark) else { return .usage }
      packets = read
    }
    switch evidence(request.rules, packets) {
    case .failure(let failure): return failure.status
    case .success(let evidence):
      return explain(packets, evidence, hasTitles: request.packet == nil)
    }
  }

  private func explain(
    _ packets: [OpeningPacket], _ evidence: Evidence, hasTitles: Bool
  ) -> ExitStatus {
    var explainer = Explainer(evidence)
    var status = ExitStatus.success
    for (number, packet) in packets.enumerated() where session.output.failure == nil {
      let explanation = explainer.explain(packet)
      if explanation.answer.certainty == .none { status = .negative }
      if session.options.json {
        var json = JSONWriter()
        json.document(of: explanation)
        session.output.print(json.text)
      } else {
        var text = TextBuffer()
        if number > 0 { text.append("\n") }
        ExplanationText(hasPackets: hasTitles).append(explanation, to: &text)
        session.output.print(text)
      }
    }
    return status
  }

  private func evidence(
    _ rules: ByteString?, _ packets: [OpeningPacket]
  ) -> Result<Evidence, EvidenceReader.Failure> {
    guard let rules else {
      return EvidenceReader(session: session).read(for: packets)
    }
    return TableExecution(session: session).rules(of: rules).map { .success(Evidence($0)) }
      ?? .failure(EvidenceReader.Failure(status: .usage))
  }

  // MARK: - Packets on standard input

  /// Reads packets, one on a line.
  ///
  /// - Returns: Nil where a line is at fault, which is told.
  private func readPackets(mark: UInt32?) -> [OpeningPacket]? {
    var packets: [OpeningPacket] = []
    var faults = 0
    var reader = RestoreReader()
    let input = session.environment.input
    while true {
      let length: Int
      do throws(SystemError) {
        length = try reader.feed(atMost: Self.chunkLength) { room throws(SystemError) in
          try input.read(into: &room)
        }
      } catch {
        _ = fail("cannot read standard input", Explanation("\(error.description)"))
        return nil
      }
      if length == 0 { reader.finish() }
      while let line = reader.next() {
        guard take(line, mark, &packets) else {
          faults += 1
          if faults < Self.mostFaults { continue }
          return nil
        }
        guard packets.count <= Self.mostPackets else {
          _ = fail(
            "--explain: too many packets on standard input",
            Explanation("there are more than \(Self.mostPackets)", "ask in several runs"))
          return nil
        }
      }
      if let number = reader.overlongLine {
        _ = fail(
          "--explain: a line is too long",
          Explanation(
            "line \(number) has more than \(RestoreReader.longestLine >> 20) MiB",
            "write one packet a line"))
        return nil
      }
      if length == 0 { return faults == 0 ? packets : nil }
    }
  }

  /// Takes the packet of a line; false where the line is at fault, which is told.
  private func take(
    _ line: RestoreLine, _ mark: UInt32?, _ packets: inout [OpeningPacket]
  ) -> Bool {
    do throws(GrammarError) {
      packets.append(
        try CommandParser.packet(line, names: session.environment.names, mark: mark))
      return true
    } catch {
      session.output.report(
        error.diagnostic(
          of: Words(["--explain"] + line.words.copies), programName: session.program, line: line))
      return false
    }
  }

  private func fail(_ headline: MessageText, _ explanation: Explanation) -> ExitStatus {
    session.output.report(Diagnostic(headline, explanation))
    return .usage
  }
}
