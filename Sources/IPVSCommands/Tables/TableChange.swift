// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSClient
internal import IPVSGrammar
internal import IPVSListing
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSystem
internal import IPVSText

/// A change of the whole table, whole or not at all: locked, planned, kept for `--undo`, carried out,
/// read back, and confirmed.
struct TableChange {
  let session: Session

  /// What the plan is for, in messages.
  let title: MessageText

  /// The command, for those that wait for its lock and for the file of the rules before it.
  let command: String

  let options: TableChangeOptions

  /// Whether the rules come from standard input, so that an answer cannot.
  var isInputTaken = false

  private var state: TableState { TableState(session) }
  private var output: Output { session.output }
  private var isJSON: Bool { session.options.json }

  /// Makes a plan of a picture of the table and carries it out.
  func run(_ plan: (Picture) -> Plan) -> ExitStatus {
    if options.isDry { return show(plan) }
    do throws(TableState.LockFailure) {
      let lock = try state.lock(for: command, waiting: options.lockWait)
      defer { _ = lock }
      return change(plan)
    } catch {
      output.report(error.diagnostic(after: options.lockWait))
      return error.status
    }
  }

  /// Prints the plan.
  private func show(_ plan: (Picture) -> Plan) -> ExitStatus {
    switch session.picture() {
    case .failure(let error): return report(error)
    case .success(let picture):
      let report = PlanReport(plan(picture), picture: picture)
      if isJSON {
        output.print(document: report)
      } else {
        var text = TextBuffer()
        PlanListing().append(report, title: "\(title)", to: &text)
        output.print(text)
      }
      return .success
    }
  }

  private func change(_ plan: (Picture) -> Plan) -> ExitStatus {
    let picture: Picture
    switch session.picture() {
    case .success(let read): picture = read
    case .failure(let error): return report(error)
    }
    let plan = plan(picture)
    let planned = PlanReport(plan, picture: picture)
    guard !plan.isEmpty else {
      tellSuccess(planned)
      return .success
    }
    let former = try? state.kept()
    keep(picture)
    let signals = HeldSignals()
    var progress = Progress("applying", of: plan.changes.count, output)
    let outcome = session.carryOut(plan) { progress.show($0) }
    progress.end()
    var status = report(outcome, of: planned)
    if status == .success, let seconds = options.confirmation {
      status = confirm(within: seconds, signals) ? .success : takeBack(plan)
    }
    // What is as before needs no undoing, but what was done before it may.
    if status == .refused { state.keepAgain(former) }
    return status
  }

  /// Keeps the rules for `--undo`; without that the change is made all the same.
  private func keep(_ picture: Picture) {
    do throws(SystemError) {
      try state.keep(picture, before: command)
    } catch {
      output.report(
        Diagnostic(
          "warning: the table before this change is not kept",
          Explanation(
            "\(state.keptPath): \(error.description)",
            "--undo cannot take this change back; '\(session.host.peer.command) -S --full' prints "
              + "a table to be kept")))
    }
  }

  /// Asks a person at the terminal, or at standard input where that is another.
  ///
  /// - Returns: Whether the answer is `yes`.
  private func confirm(within seconds: UInt32, _ signals: borrowing HeldSignals) -> Bool {
    // The rules themselves may come from standard input.
    let answers =
      isInputTaken
      ? (try? FileDescriptor(reading: "/dev/tty")) ?? session.environment.input
      : session.environment.input
    output.tell("keep these rules? yes within \(seconds) s, or they are taken back: ")
    let end = SystemClock.monotonic + UInt64(seconds) * 1000
    var answer: [UInt8] = []
    while SystemClock.monotonic < end, !signals.wait(milliseconds: 0) {
      guard answers.isReadable(within: 100) else { continue }
      var chunk = [UInt8](repeating: 0, count: 64)
      guard let length = try? answers.read(into: &chunk), length > 0 else { return false }
      answer += chunk[..<length]
      if answer.contains(UInt8(ascii: "\n")) || answer.count > chunk.count { break }
    }
    let line = answer.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    return line.elementsEqual("yes".utf8)
  }

  private func takeBack(_ plan: Plan) -> ExitStatus {
    let back = plan.inverse
    let outcome = session.carryOut(back) { _ in }
    guard outcome.failure == nil, case .asPlanned = outcome.table else {
      _ = report(outcome, of: PlanReport(back, picture: nil))
      return .notAsBefore
    }
    output.report(
      Diagnostic("\(title): not confirmed; the table is as before", nil))
    return .refused
  }
}

// MARK: - Reports

extension TableChange {
  /// Tells what was changed.
  private func tellSuccess(_ report: PlanReport) {
    if isJSON {
      output.print(document: report)
    } else {
      output.print(line: "\(title): \(report.plan.counts.summary)")
    }
  }

  private func report(_ error: DirectorError) -> ExitStatus {
    let status = Execution(session: session).fail(error, .refused)
    return error.isUnstable ? .busy : status
  }

  private func report(_ outcome: PlanOutcome, of report: PlanReport) -> ExitStatus {
    let plan = report.plan
    if let failure = outcome.failure { self.report(failure) }
    for service in outcome.recreated {
      output.report(
        Diagnostic("\(service) was deleted and added again: its counters begin at 0", nil))
    }
    for rejected in outcome.notTakenBack {
      output.report(
        Diagnostic(
          "a change could not be taken back",
          Explanation("\(rejected.description)", nil)))
    }
    switch outcome.table {
    case .asPlanned where outcome.failure == nil:
      tellSuccess(report)
      return .success
    case .asPlanned, .asBefore:
      output.tell("the table is as before\n")
      return .refused
    case .other(let rules):
      return self.report(rules, beside: plan, hasFailed: outcome.failure != nil)
    case .unknown(let error):
      output.report(
        Diagnostic(
          "the table could not be read back, and it is not known how it is",
          Explanation("\(error.description)", "see '\(session.host.peer.command) -Ln'")))
      return .notAsBefore
    }
  }

  private func report(_ failure: PlanOutcome.Failure) {
    switch failure {
    case .rejected(let rejected):
      var text = TextBuffer()
      PlanListing().append(rejected.change, to: &text)
      let diagnostic = Rejection(
        errno: rejected.errno, host: session.host, table: SessionTable(session: session), line: nil
      ).diagnostic(of: rejected.change)
      output.report(
        Diagnostic(
          diagnostic.headline,
          [ByteString("asked: " + String(decoding: text.bytes.dropLast(), as: UTF8.self))]
            + diagnostic.details))
    case .brokenOff(let error):
      output.report(error.diagnostic(session.host))
    }
  }

  /// Reports that the table is neither as planned nor as before.
  private func report(_ rules: RuleSet, beside plan: Plan, hasFailed: Bool) -> ExitStatus {
    let wanted = hasFailed ? plan.present : plan.result
    var text = TextBuffer()
    DifferenceListing().append(
      PlanReport(Plan(from: wanted, to: rules), picture: nil), to: &text)
    let lines = text.bytes.split(separator: UInt8(ascii: "\n")).map { ByteString($0) }
    output.report(
      Diagnostic(
        ByteString(
          hasFailed
            ? "the table is not as before; what is different now:"
            : "another program changed the table meanwhile; what is different now:"), lines))
    return hasFailed ? .notAsBefore : .busy
  }
}

extension Session {
  /// Carries a plan out on the director.
  ///
  /// - Parameter progress: Takes the number of changes that were carried out.
  func carryOut(_ plan: Plan, _ progress: (Int) -> Void) -> PlanOutcome {
    do throws(DirectorError) {
      return try withDirector { director throws(DirectorError) in
        director.apply(plan, progress: progress)
      }
    } catch {
      return PlanOutcome(brokenOff: error)
    }
  }
}
