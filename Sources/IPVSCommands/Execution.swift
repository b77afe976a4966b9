internal import Glibc
internal import IPVSClient
internal import IPVSGrammar
internal import IPVSListing
internal import IPVSNames
internal import IPVSRules
internal import IPVSText

/// The carrying out of one command.
struct Execution {
  let session: Session

  /// Whether a refusal is explained from the rest of the table too. In a run of many lines that
  /// would take longer than the changes.
  var explainsFromTable = true

  /// Lines that every complaint names first: where in its input a command stands.
  var place: [ByteString] = []

  func run(_ command: Command) -> ExitStatus {
    switch command {
    case .help: show(HelpText.help)
    case .version: show(HelpText.version)
    case .change(let change): apply(change)
    case .list(let request): list(request)
    case .save(let numeric): save(numeric: numeric)
    case .restore: restore()
    }
  }

  private func restore() -> ExitStatus {
    var restoration = Restoration(session: session)
    var input = session.environment.input
    return restoration.run(from: &input)
  }

  private func show(_ text: TextBuffer) -> ExitStatus {
    session.output.print(text)
    return .success
  }

  private func apply(_ change: Change) -> ExitStatus {
    do throws(DirectorError) {
      try session.withDirector { director throws(DirectorError) in try director.apply(change) }
      return .success
    } catch {
      guard case .refused(let errno) = error, errno != EPERM else { return fail(error, .refused) }
      return refuse(change, errno)
    }
  }

  /// Tells that the kernel refused a change, and why.
  func refuse(_ change: Change, _ errno: Int32) -> ExitStatus {
    report(explanation(errno).diagnostic(of: change))
    return .refused
  }

  /// Tells why there was no answer; `status` where IPVS itself is there.
  func fail(_ error: DirectorError, _ status: ExitStatus) -> ExitStatus {
    let isInitialization = DirectorErrorText.isInitialization(error)
    report(
      isInitialization
        ? DirectorErrorText.initialization(error, engine: session.engine)
        : DirectorErrorText.exchange(error))
    return isInitialization ? .usage : status
  }

  private func explanation(_ errno: Int32) -> RejectionExplanation {
    RejectionExplanation(
      errno: errno,
      around: explainsFromTable ? SessionHostInfo(session: session) : LocalHostInfo())
  }

  /// Prints a complaint, with the place of the command.
  private func report(_ diagnostic: Diagnostic) {
    session.output.report(Diagnostic(diagnostic.headline, place + diagnostic.details))
  }

  private func save(numeric: Bool) -> ExitStatus {
    report { director throws(DirectorError) in
      let snapshot = try director.snapshot()
      var text = TextBuffer()
      SaveListing(names: numeric ? nil : session.environment.names)
        .append(snapshot.services, to: &text)
      return text
    }
  }

  private func list(_ request: ListRequest) -> ExitStatus {
    let names = request.numeric ? nil : session.environment.names
    func table(_ view: TableView) -> TableListing {
      TableListing(view, names: names, exact: request.exact, sorted: request.sorted)
    }
    switch request.subject {
    case .table(let view):
      return report { director throws(DirectorError) in
        let snapshot = try director.snapshot()
        var text = TextBuffer()
        table(view).append(snapshot, to: &text)
        return text
      }
    case .service(let identity, let view):
      return report(identity) { director throws(DirectorError) in
        let service = try director.service(identity)
        var text = TextBuffer()
        table(view).append(service, to: &text)
        return text
      }
    case .timeouts:
      return report { director throws(DirectorError) in
        let timeouts = try director.timeouts()
        var text = TextBuffer()
        text.appendLine(timeouts)
        return text
      }
    case .daemons:
      return report { director throws(DirectorError) in
        let daemons = try director.daemons()
        var text = TextBuffer()
        text.appendLines(daemons)
        return text
      }
    case .connections(let persistence):
      return ConnectionReport(session: session).run(persistence: persistence, names: names)
    }
  }

  /// Prints what `text` makes of answers; nothing where they did not all come.
  ///
  /// - Parameter identity: the service that is asked for, where it is one.
  func report(
    _ identity: ServiceIdentity? = nil,
    _ text: (inout Director) throws(DirectorError) -> TextBuffer
  ) -> ExitStatus {
    do throws(DirectorError) {
      session.output.print(try session.withDirector(text))
      return .success
    } catch {
      guard let identity, case .refused(let errno) = error, errno != EPERM else {
        return fail(error, .failure)
      }
      report(explanation(errno).diagnostic(ofReading: identity))
      return .failure
    }
  }
}
