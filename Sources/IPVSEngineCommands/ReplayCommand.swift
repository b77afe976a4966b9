internal import IPVSAnswering
internal import IPVSBalancing
internal import IPVSCommands
internal import IPVSDevices
internal import IPVSForwarding
internal import IPVSGrammar
internal import IPVSSockets
internal import IPVSText

/// The sending of a capture through rules, and the account of it (ipvs-engine(8), `replay`).
struct ReplayCommand {
  let engine: Engine

  /// Where the account goes, and where progress is told.
  let output: Descriptor
  let errors: Descriptor

  /// - Parameters:
  ///   - input: The capture; `-` is standard input.
  ///   - result: What gets the packets that the director sends, if anything.
  func run(from input: ByteString, to result: ByteString?) throws(EngineFailure) {
    var progress = ReplayProgress(errors)
    defer { progress.end() }
    do throws(CaptureError) {
      let reader = try CaptureReader(input)
      var writer: CaptureWriter?
      if let result { writer = try CaptureWriter(result) }
      var replay = Replay(reader, to: writer, engine.answerer.balancer)
      while try replay.step(&engine.answerer.balancer) { progress.note(replay.frames.all) }
      progress.end()
      account(of: replay)
    } catch { throw .capture(error) }
  }

  /// Prints what became of packets, and the table with its counters.
  private func account(of replay: borrowing Replay) {
    // Counters are shown as they were at the last look, and the next one is two seconds off at most.
    let present = engine.answerer.balancer.now
    _ = engine.advance(to: present.advanced(byTicks: 2 * Instant.ticksPerSecond))
    let connections = engine.answerer.balancer.totals.totals.connections
    Output(output: output, errors: errors).print(
      ReplayAccount(replay, connections: connections).text)
    _ = Program.run(
      "ipvsadm", Words(["-Ln", "--stats", "--exact"]),
      in: ProgramEnvironment(door: .wire(engine), output: output, errors: errors))
  }
}
