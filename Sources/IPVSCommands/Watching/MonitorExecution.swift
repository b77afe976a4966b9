// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSClient
internal import IPVSGrammar
internal import IPVSListing
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSystem
internal import IPVSText

/// Prints each change of a table (`--monitor`). The kernel tells of none: the table is read again and again,
/// and two readings are compared as for `--diff`.
struct MonitorExecution {
  let execution: Execution

  /// Seconds between two looks.
  let interval: UInt32

  private var session: Session { execution.session }

  func run() -> ExitStatus {
    guard let signals = Signals(WatchExecution.endings) else { return .failure }
    var outage = Outage()
    var schedule = WatchSchedule(interval: interval, start: SystemClock.monotonicNanoseconds)
    var known: Picture?
    switch session.picture() {
    case .success(let picture): known = picture
    // It will be at rest once.
    case .failure(.tableChanging(let attempts, let difference)):
      outage.report(.tableChanging(attempts: attempts, difference), session)
    case .failure(let error): return execution.fail(error, .failure)
    }
    session.output.tell(
      "looks every \(interval) s; not seen is what is changed back, or deleted and added again, "
        + "in between\n")
    while true {
      schedule.end(at: SystemClock.monotonicNanoseconds)
      guard session.waits(until: schedule.next, signals) else { return .success }
      schedule.begin(at: SystemClock.monotonicNanoseconds)
      do throws(DirectorError) {
        let picture = try look(since: known)
        if outage.end() { session.output.tell("the table is read again\n") }
        guard tell(from: known, to: picture) else { return .success }
        known = picture
      } catch {
        outage.report(error, session)
      }
    }
  }

  /// Reads the table. A reading that differs from the one before is not believed: it may be of a table that
  /// changed while it was read.
  private func look(since known: Picture?) throws(DirectorError) -> Picture {
    do throws(DirectorError) {
      return try session.withDirector { director throws(DirectorError) in
        if let known {
          let reading = Picture(
            table: try director.snapshot(), timeouts: try director.timeouts(),
            daemons: try director.daemons())
          if reading.rules == known.rules { return reading }
        }
        return try director.picture()
      }
    } catch {
      if case .tableChanging = error { throw error }
      session.reconnect()
      throw error
    }
  }

  /// Prints what differs.
  ///
  /// - Returns: False where no one reads any more.
  private func tell(from known: Picture?, to picture: Picture) -> Bool {
    guard let known else { return true }
    let plan = Plan(from: known.rules, to: picture.rules)
    guard !plan.isEmpty else { return true }
    let report = PlanReport(plan, picture: known)
    var text = TextBuffer()
    if session.options.json {
      var json = JSONWriter()
      json.documents(of: report, time: SystemClock.now)
      text = json.text
    } else {
      ChangeListing(isColored: session.isColored).append(
        report, time: SystemClock.local(SystemClock.now), to: &text)
    }
    return session.output.send(text)
  }
}
