// SPDX-License-Identifier: Apache-2.0

internal import IPVSClient
internal import IPVSGrammar
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSystem

/// The wait of `--drain` until servers have no connections.
struct DrainWait {
  /// The pause between two looks, in milliseconds.
  private static let pause = 250

  private let session: Session
  private let request: DrainRequest

  /// The servers, which have no weight any more.
  private(set) var drain: Drain
  private var report: DrainReport
  private let beginning = SystemClock.monotonic

  /// - Parameters:
  ///   - drain: The servers, whose weight was taken.
  ///   - remembered: Servers that were drained earlier.
  init(
    _ session: Session, _ request: DrainRequest, _ drain: Drain, _ remembered: [DrainedServer]
  ) {
    self.session = session
    self.request = request
    self.drain = drain
    report = DrainReport(session, request, remembered)
  }

  /// Waits.
  ///
  /// - Returns: Success when all servers are empty.
  mutating func run(_ signals: borrowing HeldSignals) -> ExitStatus {
    while true {
      do throws(DirectorError) {
        try look()
      } catch {
        let status = Execution(session: session).fail(error, .failure)
        session.output.report(Diagnostic(stays, nil))
        return status
      }
      let servers = drain.servers
      let isEmpty = drain.isEmpty
      let isOver = request.patience.map { elapsed >= UInt64($0) * 1000 } ?? false
      let awake = servers.first(where: \.isAwake)
      report.show(servers, elapsed: elapsed, isLast: isEmpty || isOver || awake != nil)
      if let awake {
        report.showLast(servers)
        session.output.report(
          Diagnostic(
            "\(awake.name) is not drained any more",
            Explanation("another program gave it weight \(awake.now?.server.weight ?? .one)", nil)))
        return .negative
      }
      if isEmpty { return .success }
      if isOver {
        session.output.report(Diagnostic("not empty in time; \(stays)", nil))
        return .negative
      }
      if signals.wait(milliseconds: waitLength) {
        report.showLast(servers)
        session.output.tell("\(report.clearedLine)")
        session.output.report(Diagnostic("interrupted; \(stays)", nil))
        return .interrupted
      }
    }
  }

  /// Looks again, and says whether all servers are empty and still without weight.
  mutating func isStillEmpty() throws(DirectorError) -> Bool {
    try look(searching: true)
    return drain.isEmpty && !drain.servers.contains(where: \.isAwake)
  }

  private mutating func look(searching: Bool = false) throws(DirectorError) {
    try session.withDirector { director throws(DirectorError) in
      director.connectionSource = session.connectionSource
      try director.look(at: &drain, searching: searching)
    }
  }

  private var elapsed: UInt64 { SystemClock.monotonic - beginning }

  /// The pause before the next look, in milliseconds: not beyond the end of the wait.
  private var waitLength: Int {
    guard let patience = request.patience else { return Self.pause }
    let end = UInt64(patience) * 1000
    return min(Self.pause, Int(end > elapsed ? end - elapsed : 0))
  }

  private var stays: MessageText {
    "\(drain.servers.count == 1 ? "stays" : "all stay") at weight 0; back with: "
      + "\(request.servers.undrainCommand(session))"
  }
}
