internal import Glibc
internal import IPVSClient
internal import IPVSGrammar
internal import IPVSRules
internal import IPVSText

/// The running of many command lines from standard input (ipvsadm(8), `--restore`).
///
/// Changes gather while lines come in and go out together at the end of each piece of input, so
/// that a file takes few system calls and a line typed at a terminal takes effect at once. While an
/// engine works on some, the next are read. What one sees is as if each line had run alone: complaints
/// in the order of lines, listings after the changes before them, and the exit status of the last line
/// that ran.
struct Restoration {
  /// The bytes read at a time, and the changes sent at a time: what a run holds of its input does not
  /// grow, and memory that is in use already is used again.
  private static let chunkLength = 32 << 10
  private static let batchLength = Director.largestBatch

  let session: Session

  /// What hints call the program.
  private let program: ByteString

  /// Changes, and where the lines stand that they come from.
  private struct Batch {
    var changes: [Change] = []
    var places: [RestoreLine.Place] = []

    mutating func append(_ change: Change, at place: RestoreLine.Place) {
      if changes.isEmpty {
        // Growing, it would touch as much memory again.
        changes.reserveCapacity(Restoration.batchLength)
        places.reserveCapacity(Restoration.batchLength)
      }
      changes.append(change)
      places.append(place)
    }

    mutating func removeAll() {
      changes.removeAll(keepingCapacity: true)
      places.removeAll(keepingCapacity: true)
    }
  }

  /// What gathers, and what was sent before it and waits for its answers.
  private var gathered = Batch()
  private var waiting = Batch()
  private var sent: SentChanges?

  /// That of the last line that ran.
  private var status = ExitStatus.success

  init(session: Session, program: ByteString? = nil) {
    self.session = session
    self.program = program ?? session.program
  }

  /// Runs all lines of `source`.
  mutating func run(from source: inout some InputSource) -> ExitStatus {
    do throws(DirectorError) {
      try session.checkAccess()
    } catch {
      return Execution(session: session).fail(error, .refused)
    }
    var reader = RestoreReader()
    var chunk = [UInt8](repeating: 0, count: Self.chunkLength)
    while true {
      let length: Int
      do throws(SystemError) {
        length = try source.read(into: &chunk)
      } catch {
        return settle() ?? complain(of: error)
      }
      if length == 0 { break }
      reader.feed(chunk[..<length])
      if let end = take(from: &reader) { return end }
      // What one types takes effect at once; a file goes on.
      if sent != nil, !source.isReady, let end = settle() { return end }
      if let number = reader.overlongLine {
        return settle() ?? complain(ofOverlongLine: number)
      }
    }
    reader.finish()
    return take(from: &reader) ?? settle() ?? status
  }

  /// Runs the lines that are complete; the exit status if one of them ended the run.
  private mutating func take(from reader: inout RestoreReader) -> ExitStatus? {
    while let line = reader.next() {
      if let end = run(line) { return end }
    }
    return pass()
  }

  private mutating func run(_ line: RestoreLine) -> ExitStatus? {
    let command: Command
    do throws(GrammarError) {
      command = try CommandParser.parse(line, names: session.environment.names)
    } catch {
      if let end = flush() { return end }
      session.output.complain(error.message(programName: program, line: line))
      status = ExitStatus(rawValue: error.exitStatus)
      return error.lastsOneLine ? nil : status
    }
    if case .change(let change) = command {
      gathered.append(change, at: line.place)
      return gathered.changes.count == Self.batchLength ? pass() : nil
    }
    if let end = flush() { return end }
    status = execution(at: line.place).run(command)
    switch command {
    case .help, .version: return status
    case .list where status != .success: return status
    case .list, .save, .restore, .change: return nil
    }
  }

  /// Sends the changes that have gathered, and waits for everything that was sent; the exit status if
  /// that ended the run.
  private mutating func flush() -> ExitStatus? { pass() ?? settle() }

  /// Sends the changes that have gathered, and waits for those before them; for themselves too, where
  /// nothing is gained by not waiting.
  private mutating func pass() -> ExitStatus? {
    guard let first = gathered.places.first else { return nil }
    let passed: SentChanges
    let worksAtOnce: Bool
    do throws(DirectorError) {
      let changes = gathered.changes
      (passed, worksAtOnce) = try session.withDirector { director throws(DirectorError) in
        (try director.send(changes[...]), director.worksAtOnce)
      }
    } catch {
      return execution(at: waiting.places.first ?? first).fail(error, .refused)
    }
    if let end = settle() { return end }
    swap(&gathered, &waiting)
    sent = passed
    guard worksAtOnce else { return nil }
    // The same memory again for the next ones.
    defer { swap(&gathered, &waiting) }
    return settle()
  }

  /// Takes the answers to what was sent.
  private mutating func settle() -> ExitStatus? {
    guard let sent else { return nil }
    self.sent = nil
    defer { waiting.removeAll() }
    let refusals: [Refusal]
    do throws(DirectorError) {
      refusals = try session.withDirector { director throws(DirectorError) in
        try director.takeAnswers(to: sent)
      }
    } catch {
      return execution(at: waiting.places[0]).fail(error, .refused)
    }
    status = .success
    for refusal in refusals {
      guard refusal.errno != EPERM else {
        return execution(at: waiting.places[refusal.index]).fail(.refused(errno: EPERM), .refused)
      }
      let execution = execution(at: waiting.places[refusal.index])
      let refused = execution.refuse(waiting.changes[refusal.index], refusal.errno)
      if refusal.index + 1 == waiting.changes.count { status = refused }
    }
    return nil
  }

  private func execution(at place: RestoreLine.Place) -> Execution {
    Execution(session: session, explainsFromTable: false, place: place.quote)
  }

  private func complain(ofOverlongLine number: Int) -> ExitStatus {
    session.output.complain(
      Complaint(
        "cannot read standard input",
        [
          ByteString("cause: line \(number) has more than \(RestoreReader.longestLine) bytes"),
          "remedy: give the rules as text, one command to a line; the lines before it were run",
        ]))
    return .failure
  }

  /// Tells that the input cannot be read.
  func complain(of error: SystemError) -> ExitStatus {
    session.output.complain(
      Complaint(
        "cannot read standard input",
        [
          ByteString("cause: \(error.description)"),
          "remedy: give the rules as a file or a pipe: ipvsadm --restore < FILE",
        ]))
    return .failure
  }
}

extension RestoreLine.Place {
  /// The most bytes of a line that are quoted.
  private static let longestQuote = 120

  /// The number and the text of the line, for complaints.
  fileprivate var quote: [ByteString] {
    [
      ByteString { quote in
        quote.append("line ")
        quote.append(number)
        quote.append(": ")
        quote.append(contentsOf: text.bytes.prefix(Self.longestQuote))
        if text.count > Self.longestQuote { quote.append(" ...") }
      }
    ]
  }
}
