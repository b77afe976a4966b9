// SPDX-License-Identifier: Apache-2.0

internal import IPVSBalancing
internal import IPVSCommands
internal import IPVSDevices
internal import IPVSForwarding
internal import IPVSGrammar
internal import IPVSNetlinkServer
internal import IPVSPrograms
internal import IPVSSockets
internal import IPVSSystem
internal import IPVSText

/// Sends a capture through rules, and prints an account of it (ipvs-engine(8), `replay`).
struct ReplayCommand {
  let engine: Engine

  /// For the account, and for the progress.
  let output: FileDescriptor
  let errors: FileDescriptor

  /// How many frames pass between two looks at the clock.
  private static let framesPerLook: UInt64 = 4096

  /// How long a line of the progress is shown before the next one, in milliseconds.
  private static let interval: UInt64 = 500

  /// Sends the capture and prints the account, also of a capture that cannot be read to its end.
  ///
  /// - Parameters:
  ///   - input: The capture; `-` is standard input.
  ///   - result: What gets the packets that the director sends, if anything.
  /// - Returns: The exit status: a failure where the account cannot be written.
  func run(from input: ByteString, to result: ByteString?) throws(EngineFailure) -> ExitStatus {
    var progress = Progress(
      Output(output: output, errors: errors), patience: Self.interval, interval: Self.interval)
    defer { progress.end() }
    do throws(CaptureError) {
      let reader = try CaptureReader(input)
      var writer: CaptureWriter?
      if let result { writer = try CaptureWriter(result) }
      var replay = Replay(reader, to: writer, engine.netlinkServer.balancer)
      var damage: CaptureError?
      do throws(CaptureError) {
        while try replay.step(&engine.netlinkServer.balancer) {
          let frames = replay.frames.all
          if frames % Self.framesPerLook == 0 { progress.show("\(frames) frames") }
        }
      } catch {
        guard error.isOfReading else { throw error }
        damage = error
      }
      progress.end()
      let isWritten = account(of: replay)
      if let damage { throw damage }
      return isWritten ? .success : .failure
    } catch { throw .capture(error) }
  }

  /// Prints what the director did with the packets, and the table with its counters.
  ///
  /// - Returns: Whether all of it was written; otherwise the failure is reported.
  private func account(of replay: borrowing Replay) -> Bool {
    // Counters are shown as they were at the last look, and the next one is two seconds off at most.
    let present = engine.netlinkServer.balancer.now
    _ = engine.advance(to: present.advanced(byTicks: 2 * Instant.ticksPerSecond))
    let connections = engine.netlinkServer.balancer.totals.totals.connections
    let output = Output(output: self.output, errors: errors)
    output.print(ReplayAccount(replay, connections: connections).text)
    if let failure = output.failure {
      output.report(EngineFailure.account(errno: failure.errno).diagnostic)
      return false
    }
    let status = Program.run(
      "ipvsadm", Words(["-Ln", "--stats", "--exact"]),
      in: ProgramEnvironment(peer: .transport(engine), output: self.output, errors: errors))
    return status == ExitStatus.success.rawValue
  }
}

extension CaptureError {
  /// Whether the packets before it were read and sent.
  fileprivate var isOfReading: Bool {
    switch self {
    case .read, .damaged: true
    case .open, .write, .notACapture, .newerFormat, .linkType: false
    }
  }
}
