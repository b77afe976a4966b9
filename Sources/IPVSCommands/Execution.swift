// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSClient
internal import IPVSGrammar
internal import IPVSListing
internal import IPVSNames
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSText

/// Carries out one command.
struct Execution {
  let session: Session

  /// Whether the explanation of a refusal reads the rest of the table. For many lines that would take
  /// longer than the changes.
  var explainsFromTable = true

  /// Lines that precede the details of every diagnostic: the position of the command in its input.
  var position: [ByteString] = []

  /// The words of the command's line, for explanations. Nil: the command was no line of ipvsadm(8).
  var words: Words?

  func run(_ command: Command) -> ExitStatus {
    switch command {
    case .help: show(HelpText.help)
    case .version: show(HelpText.version)
    case .change(let change): apply(change)
    case .list(let request): list(request)
    case .edit(let edit): PartialEditExecution(execution: self).run(edit)
    case .save(let request): save(request)
    case .restore(let strict): restore(strict: strict)
    case .check(let files): tables.check(files)
    case .diff(let file, let other): tables.diff(file, from: other)
    case .apply(let file, let keeping, let allowEmpty, let options):
      tables.apply(file, keeping: keeping, allowEmpty: allowEmpty, options)
    case .undo(let options): tables.undo(options)
    case .drain(let request): DrainExecution(session: session).drain(request)
    case .undrain(let request): DrainExecution(session: session).undrain(request)
    case .metrics(let request): MetricsExecution(session: session).run(request)
    case .importRules(let request): ImportExecution(session: session).run(request)
    case .completion(let shell, let line):
      CompletionExecution(session: session).answer(shell, line)
    case .explain(let request): ExplainExecution(session: session).run(request)
    case .doctor(let request): DoctorExecution(session: session).run(request)
    case .monitor(let interval): MonitorExecution(execution: self, interval: interval).run()
    }
  }

  private var tables: TableExecution { TableExecution(session: session) }

  private func restore(strict: Bool) -> ExitStatus {
    if session.isTyped { TableState(session).keepForUndo(session, before: "ipvsadm -R") }
    var restoration = Restoration(session: session, isStrict: strict)
    var input = session.environment.input
    return restoration.run(from: &input)
  }

  private func show(_ text: TextBuffer) -> ExitStatus {
    session.output.print(text)
    return .success
  }

  private func apply(_ change: Change) -> ExitStatus {
    let watch = ChangeWatch(change, session, words)
    do throws(DirectorError) {
      try session.withDirector { director throws(DirectorError) in try director.apply(change) }
      watch?.tell()
      return .success
    } catch {
      guard case .rejected(let rejected) = error, rejected.errno != EPERM else {
        return fail(error, .refused)
      }
      return refuse(change, rejected.errno)
    }
  }

  /// Reports that the kernel refused a change, and why.
  func refuse(_ change: Change, _ errno: Int32) -> ExitStatus {
    report(rejection(errno).diagnostic(of: change))
    return .refused
  }

  /// Reports why there was no answer.
  ///
  /// - Returns: `status`; that of a usage error where there is no IPVS at all; `busy` where other programs
  ///   kept changing the table.
  func fail(_ error: DirectorError, _ status: ExitStatus) -> ExitStatus {
    report(error.diagnostic(session.host))
    if error.isInitialization { return .usage }
    return if case .tableChanging = error { .busy } else { status }
  }

  private func rejection(_ errno: Int32) -> Rejection {
    Rejection(
      errno: errno, host: session.host,
      table: explainsFromTable ? SessionTable(session: session) : nil,
      line: words.map { TypedLine($0) })
  }

  /// Prints a diagnostic, with the position of the command.
  private func report(_ diagnostic: Diagnostic) {
    var placed = diagnostic
    placed.details = position + diagnostic.details
    session.output.report(placed)
  }

  private func save(_ request: SaveRequest) -> ExitStatus {
    let names = request.numeric ? nil : session.environment.names
    return report { director throws(DirectorError) in
      var text = TextBuffer()
      if request.full {
        SaveListing(names: names, isFull: true).append(try director.picture(), to: &text)
      } else {
        SaveListing(names: names).append(try director.snapshot().services, to: &text)
      }
      session.output.print(text)
    }
  }

  private func list(_ request: ListRequest) -> ExitStatus {
    if let watch = request.watch {
      return WatchExecution(execution: self, request: request, watch: watch).run()
    }
    let renderer = renderer(for: request)
    switch request.subject {
    case .table where request.filter.isEmpty:
      return show(in: renderer) { director throws(DirectorError) in
        .table(try director.snapshot())
      }
    case .table, .hosts: return select(request, renderer)
    case .service(let identity, _):
      let isDocument = session.options.json
      return show(in: renderer, reading: identity) { director throws(DirectorError) in
        let service = try director.service(identity)
        guard isDocument else { return .service(service) }
        return .table(Snapshot(kernel: try director.info(), services: [service]))
      }
    case .timeouts:
      return show(in: renderer) { director throws(DirectorError) in
        .timeouts(try director.timeouts())
      }
    case .daemons:
      return show(in: renderer) { director throws(DirectorError) in
        .daemons(try director.daemons())
      }
    case .connections, .counts: return ConnectionReport(session, renderer, request).run()
    }
  }

  /// Prints what a filter selects of the table.
  private func select(_ request: ListRequest, _ renderer: any ListingRenderer) -> ExitStatus {
    var isUnknown = false
    let status = report { director throws(DirectorError) in
      let snapshot = try director.snapshot(of: request.filter)
      if let diagnostic = request.filter.unknownScheduler(in: snapshot.services) {
        isUnknown = true
        return report(diagnostic)
      }
      let selected: Report =
        request.subject == .hosts
        ? .hosts(snapshot.hosts(selecting: request.filter), snapshot.kernel)
        : .selection(snapshot.selecting(request.filter))
      renderer.print(selected) { session.output.print($0) }
    }
    return isUnknown ? .usage : status
  }

  /// The format of a listing. It is chosen here and nowhere else.
  private func renderer(for request: ListRequest) -> any ListingRenderer {
    if session.options.json { return session.jsonRenderer(sorted: request.sorted) }
    let names = request.numeric ? nil : session.environment.names
    return switch request.subject {
    case .table(let view), .service(_, let view):
      TextRenderer(view: view, names: names, exact: request.exact, sorted: request.sorted)
    case .connections(let persistence): TextRenderer(persistence: persistence, names: names)
    case .hosts, .counts: TextRenderer(names: names)
    case .timeouts, .daemons: TextRenderer()
    }
  }

  /// Reads a report and prints it; prints nothing where it could not be read whole.
  ///
  /// - Parameter identity: the service that is read, where the report is of one.
  private func show(
    in renderer: any ListingRenderer, reading identity: ServiceIdentity? = nil,
    _ read: (inout Director) throws(DirectorError) -> Report
  ) -> ExitStatus {
    report(identity) { director throws(DirectorError) in
      renderer.print(try read(&director)) { session.output.print($0) }
    }
  }

  /// Prints what is made of the director's answers; where one is missing, says so.
  ///
  /// - Parameters:
  ///   - identity: the service that is read, where only one is.
  ///   - show: reads, and prints when all is read.
  func report(
    _ identity: ServiceIdentity? = nil,
    _ show: (inout Director) throws(DirectorError) -> Void
  ) -> ExitStatus {
    do throws(DirectorError) {
      try session.withDirector(show)
      return .success
    } catch {
      return failReading(identity, error)
    }
  }

  /// Reports why a table, or one service, could not be read.
  func failReading(_ identity: ServiceIdentity?, _ error: DirectorError) -> ExitStatus {
    guard let identity, case .refused(let errno) = error, errno != EPERM else {
      return fail(error, .failure)
    }
    report(rejection(errno).diagnostic(ofReading: identity))
    return .failure
  }
}
