// SPDX-License-Identifier: Apache-2.0

internal import IPVSClient
internal import IPVSGrammar
internal import IPVSListing
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSystem
internal import IPVSText

/// Carries out the commands that read files of rules and change a table as a whole.
struct TableExecution {
  let session: Session

  private var state: TableState { TableState(session) }
  private var execution: Execution { Execution(session: session) }

  // MARK: - Checking

  /// Tells the faults of files.
  func check(_ names: [ByteString]) -> ExitStatus {
    guard !session.options.json else { return checkAsDocument(names) }
    var status = ExitStatus.success
    for name in names {
      guard let input = read(name) else {
        status = .usage
        continue
      }
      tell(input.file.faults, of: input)
      if input.file.isFaulty { status = .usage } else { session.output.print(line: input.summary) }
    }
    return status
  }

  private func checkAsDocument(_ names: [ByteString]) -> ExitStatus {
    var status = ExitStatus.success
    var leftOut = 0
    var json = JSONWriter()
    json.object { json in
      json.field("schema", JSONRenderer.schema)
      json.array("faults") { json in
        for name in names {
          guard let input = read(name) else {
            status = .usage
            continue
          }
          for fault in input.file.faults { fault.write(to: &json, in: name) }
          leftOut += input.file.faultsLeftOut
          if input.file.isFaulty { status = .usage }
        }
      }
      json.field("left_out", leftOut)
    }
    json.endLine()
    session.output.print(json.text)
    return status
  }

  /// The rules of a file; nil where it cannot be read or has faults, which is told.
  func rules(of name: ByteString) -> RuleSet? { readFaultless(name)?.file.rules }

  /// Reads a file without faults; tells those that it has.
  ///
  /// - Returns: Nil where it has some.
  private func readFaultless(_ name: ByteString) -> RuleInput? {
    guard let input = read(name) else { return nil }
    tell(input.file.faults, of: input)
    return input.file.isFaulty ? nil : input
  }

  private func read(_ name: ByteString) -> RuleInput? {
    var progress = Progress(session.output)
    defer { progress.end() }
    do throws(RuleInput.Failure) {
      return try RuleInput(name, session.environment, &progress)
    } catch {
      session.output.report(error.diagnostic(of: name))
      return nil
    }
  }

  private func tell(_ faults: [RuleFault], of input: RuleInput) {
    for fault in faults { session.output.report(fault.diagnostic(in: input.name)) }
    if input.file.faultsLeftOut > 0 {
      session.output.report(
        Diagnostic("\(input.title): \(input.file.faultsLeftOut.grouped) more faults", nil))
    }
  }

  // MARK: - Comparing

  /// Shows what a table lacks to be as a file says.
  ///
  /// - Parameter other: The file that is compared; nil: the director's table.
  func diff(_ name: ByteString, from other: ByteString?) -> ExitStatus {
    var inputs: [RuleInput] = []
    for name in [other, name].compactMap(\.self) {
      guard let input = readFaultless(name) else { return .usage }
      inputs.append(input)
    }
    let target = inputs[inputs.count - 1].file.rules
    var picture: Picture?
    if inputs.count == 1 {
      switch session.picture() {
      case .success(let read): picture = read
      case .failure(let error):
        return execution.fail(error, .usage)
      }
    }
    let present = picture?.rules ?? inputs[0].file.rules
    let report = PlanReport(
      Plan(from: present, to: target, drained: picture == nil ? [] : state.drainedNames),
      picture: picture)
    if session.options.json {
      session.output.print(document: report)
    } else {
      var text = TextBuffer()
      DifferenceListing().append(report, to: &text)
      session.output.print(text)
    }
    return report.plan.isEmpty ? .success : .negative
  }

  // MARK: - Applying

  /// Makes the table as a file says.
  func apply(
    _ name: ByteString, keeping: Plan.Keeping, allowEmpty: Bool, _ options: TableChangeOptions
  ) -> ExitStatus {
    guard let input = readFaultless(name) else { return .usage }
    guard allowEmpty || !input.file.rules.services.isEmpty else {
      session.output.report(
        Diagnostic(
          "\(input.title) has no service",
          Explanation(
            "to apply it would delete every service of the table",
            "to delete everything: \(session.host.peer.command) -C; --allow-empty applies such a "
              + "file")))
      return .usage
    }
    let change = TableChange(
      session: session, title: input.title, command: "ipvsadm --apply \(input.title)",
      options: options, isInputTaken: input.name == "-")
    return change.run { picture in
      Plan(
        from: picture.rules, to: input.file.rules, keeping: keeping, drained: state.drainedNames)
    }
  }

  /// Goes back to the rules before the last change.
  func undo(_ options: TableChangeOptions) -> ExitStatus {
    guard keptRules() != nil else { return .refused }
    let change = TableChange(
      session: session, title: "undo", command: "ipvsadm --undo", options: options)
    return change.run { picture in
      // A change that this one waited for has kept others.
      keptRules().map { Plan(from: picture.rules, to: $0, drained: state.drainedNames) }
    }
  }

  /// The rules before the last change.
  ///
  /// - Returns: Nil where there are none, which is told.
  private func keptRules() -> RuleSet? {
    let kept: [UInt8]?
    do throws(SystemError) {
      kept = try state.kept()
    } catch {
      session.output.report(
        Diagnostic(
          "cannot read \(state.keptPath)",
          Explanation("\(error.description)", "run this as the user that made the change")))
      return nil
    }
    guard let kept else {
      session.output.report(
        Diagnostic(
          "nothing to undo",
          Explanation(
            "no rules of this table are kept: \(state.keptPath) does not exist",
            "--apply, --undo, and -R and -C on a terminal keep the table that they change")))
      return nil
    }
    var file = RuleFile(names: session.environment.names)
    var reader = RestoreReader(kept)
    while let line = reader.next() { file.take(line) }
    file.finish()
    if let fault = file.faults.first(where: { $0.severity == .fault }) {
      session.output.report(
        Diagnostic(
          "cannot read \(state.keptPath)",
          Explanation(
            "line \(fault.line): \(fault.explanation.cause)",
            "another program wrote there; mend the file, and apply it with --apply")))
      return nil
    }
    var rules = file.rules
    // What is kept is everything: a daemon that is not in it did not run.
    rules.daemons = rules.daemons ?? []
    return rules
  }
}

extension RuleInput {
  /// The file in sentences.
  var title: MessageText { Self.title(of: name) }

  /// A name of a file in sentences: one line, whatever is in it.
  static func title(of name: ByteString) -> MessageText {
    name == "-" ? "standard input" : "\(printing: name, atMost: 200)"
  }

  /// `rules: no faults; 20 services, 100 servers`.
  fileprivate var summary: MessageText {
    let services = file.rules.services
    let servers = services.reduce(0) { $0 + $1.servers.count }
    return
      "\(title): no faults; \(services.count.counted("service")), "
      + "\(servers.counted("server"))"
  }
}

extension Session {
  /// Reads a picture of the director.
  func picture() -> Result<Picture, DirectorError> {
    Result { () throws(DirectorError) in
      try withDirector { director throws(DirectorError) in try director.picture() }
    }
  }
}

extension TableState {
  /// The drained servers; none where that is not to be found out.
  var drainedNames: Set<ServerIdentity> { Set(((try? drained()) ?? []).map(\.name)) }
}
