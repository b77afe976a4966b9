internal import IPVSBalancing
internal import IPVSCommands
internal import IPVSDevices
internal import IPVSForwarding
internal import IPVSGrammar
internal import IPVSNetlinkServer
internal import IPVSSockets
internal import IPVSText

/// The sending of a capture through rules, and the account of it (ipvs-engine(8), `replay`).
struct ReplayCommand {
  let engine: Engine

  /// Where the account goes, and where progress is told.
  let output: FileDescriptor
  let errors: FileDescriptor

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
      var replay = Replay(reader, to: writer, engine.netlinkServer.balancer)
      while try replay.step(&engine.netlinkServer.balancer) { progress.note(replay.frames.all) }
      progress.end()
      account(of: replay)
    } catch { throw .capture(error) }
  }

  /// Prints what became of packets, and the table with its counters.
  private func account(of replay: borrowing Replay) {
    // Counters are shown as they were at the last look, and the next one is two seconds off at most.
    let present = engine.netlinkServer.balancer.now
    _ = engine.advance(to: present.advanced(byTicks: 2 * Instant.ticksPerSecond))
    let connections = engine.netlinkServer.balancer.totals.totals.connections
    Output(output: output, errors: errors).print(
      ReplayAccount(replay, connections: connections).text)
    _ = Program.run(
      "ipvsadm", Words(["-Ln", "--stats", "--exact"]),
      in: ProgramEnvironment(peer: .transport(engine), output: output, errors: errors))
  }
}
