// SPDX-License-Identifier: Apache-2.0

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
  ///
  /// - Parameter plan: Makes the plan; where it cannot, it says why and returns nil.
  func run(_ plan: (Picture) -> Plan?) -> ExitStatus {
    if options.isDry { return show(plan) }
    do throws(DirectorError) {
      // Who may not change the table needs no lock of it.
      try session.checkAccess()
    } catch {
      return report(error)
    }
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
  private func show(_ plan: (Picture) -> Plan?) -> ExitStatus {
    switch session.picture() {
    case .failure(let error): return report(error)
    case .success(let picture):
      guard let plan = plan(picture) else { return .refused }
      let report = PlanReport(plan, picture: picture)
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

  private func change(_ plan: (Picture) -> Plan?) -> ExitStatus {
    let picture: Picture
    switch session.picture() {
    case .success(let read): picture = read
    case .failure(let error): return report(error)
    }
    guard let plan = plan(picture) else { return .refused }
    let planned = PlanReport(plan, picture: picture)
    guard !plan.isEmpty else {
      tellSuccess(planned)
      return .success
    }
    let former = try? state.kept()
    let isKept = keep(picture)
    let signals = HeldSignals()
    var progress = Progress(output)
    let whole = plan.changes.count.grouped
    let outcome = session.carryOut(plan) { progress.show("applying: \($0.grouped) of \(whole)") }
    progress.end()
    var status = report(outcome, of: planned, isKept: isKept)
    if status == .success, let seconds = options.confirmation {
      status = confirm(within: seconds, signals) ? .success : takeBack(plan)
    }
    // What is as before needs no undoing, but what was done before it may.
    if status == .refused { state.keepAgain(former) }
    return status
  }

  /// Keeps the rules for `--undo`; without that the change is made all the same.
  ///
  /// - Returns: Whether they are kept.
  private func keep(_ picture: Picture) -> Bool {
    do throws(SystemError) {
      try state.keep(picture, before: command)
      return true
    } catch {
      output.report(
        Diagnostic(
          "warning: the table before this change is not kept",
          Explanation(
            "\(state.keptPath): \(error.description)",
            "--undo cannot take this change back; '\(session.host.peer.command) -S --full' prints "
              + "a table to be kept")))
      return false
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
      _ = report(outcome, of: PlanReport(back, picture: nil), isKept: false)
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
    Execution(session: session).fail(error, .refused)
  }

  /// - Parameter isKept: Whether `--undo` goes back to the rules that the plan starts from.
  private func report(
    _ outcome: PlanOutcome, of planned: PlanReport, isKept: Bool
  ) -> ExitStatus {
    let plan = planned.plan
    if let failure = outcome.failure { report(failure) }
    for service in outcome.recreated {
      output.report(
        Diagnostic("\(service) was deleted and added again: its counters begin at 0", nil))
    }
    switch outcome.table {
    case .asPlanned where outcome.failure == nil:
      tellSuccess(planned)
      return .success
    case .asBefore:
      output.report(Diagnostic("the table is as before", nil))
      return .refused
    case .other(let rules) where outcome.failure == nil:
      return report(changedByOthers: rules, plan)
    case .asPlanned:
      // All was carried out but for an answer, and nothing could be taken back.
      return report(notAsBefore: plan.result, plan, outcome.notTakenBack, isKept: isKept)
    case .other(let rules):
      return report(notAsBefore: rules, plan, outcome.notTakenBack, isKept: isKept)
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
      var diagnostic = Rejection(
        errno: rejected.errno, host: session.host, table: SessionTable(session: session), line: nil
      ).diagnostic(of: rejected.change)
      let asked = String(decoding: text.bytes.dropLast(), as: UTF8.self)
      diagnostic.details.insert(ByteString("asked: \(asked)"), at: 0)
      output.report(diagnostic)
    case .brokenOff(let error):
      output.report(error.diagnostic(session.host))
    }
  }

  private func report(
    notAsBefore rules: RuleSet, _ plan: Plan, _ notTakenBack: [RejectedChange], isKept: Bool
  ) -> ExitStatus {
    for rejected in notTakenBack {
      output.report(
        Diagnostic(
          "a change could not be taken back", Explanation("\(rejected.description)", nil)))
    }
    var lines = Self.differences(from: plan.present, to: rules)
    if isKept {
      lines.append("remedy: '\(session.host.peer.command) --undo' makes the table as it was before")
    }
    output.report(
      Diagnostic("the table is not as before; what is different now:", lines.map(\.output)))
    return .notAsBefore
  }

  private func report(changedByOthers rules: RuleSet, _ plan: Plan) -> ExitStatus {
    output.report(
      Diagnostic(
        "another program changed the table meanwhile; what is different now:",
        Self.differences(from: plan.result, to: rules).map(\.output)))
    return .busy
  }

  private static func differences(from wanted: RuleSet, to rules: RuleSet) -> [MessageText] {
    var text = TextBuffer()
    DifferenceListing().append(
      PlanReport(Plan(from: wanted, to: rules), picture: nil), to: &text)
    return text.bytes.split(separator: UInt8(ascii: "\n")).map { "\(ByteString($0))" }
  }
}

extension MessageText {
  fileprivate var output: ByteString { ByteString(bytes) }
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
