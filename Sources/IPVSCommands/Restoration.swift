// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSClient
internal import IPVSGrammar
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSystem
internal import IPVSText

/// Runs many command lines from standard input (ipvsadm(8), `--restore`).
///
/// Changes are collected and sent together at the end of each piece of input, so that a file takes
/// few system calls and a line typed at a terminal takes effect at once. While an engine works on a
/// batch, the next one is read. The results are those of running each line alone: diagnostics in the
/// order of lines, listings after the changes before them, and the exit status of the last line that
/// ran.
struct Restoration: ~Copyable {
  /// The bytes read at a time: most of them make one full batch of changes.
  private static let chunkLength = 24 << 10

  let session: Session

  /// The program's name in hints.
  private let program: ByteString

  /// Whether the exit status of the run is that of the first line that fails (`--strict`).
  private let isStrict: Bool

  /// Changes, and the line of the first of them. The others are in the lines after it, with no other
  /// commands in between; the lines are read again when a change is refused.
  private struct Batch: ~Copyable {
    var changes = ChangeBatch()
    var first: RestoreLine.Location?

    mutating func append(_ change: Change, from line: RestoreLine) {
      if first == nil { first = line.location }
      changes.append(change)
    }

    mutating func removeAll() {
      changes.removeAll()
      first = nil
    }
  }

  /// The batch that is being collected, and the one that was sent and waits for its answers.
  private var gathered = Batch()
  private var waiting = Batch()
  private var sent: SentChanges?

  /// The most changes sent at a time.
  private var largestBatch = 1

  /// How many rejected lines are explained from the table as well: reading it takes long.
  private var explanationsFromTable = 10

  /// The exit status of the last line that ran.
  private var status = ExitStatus.success {
    didSet { if firstFailure == nil, status != .success { firstFailure = status } }
  }

  /// The exit status of the first line that failed.
  private var firstFailure: ExitStatus?

  init(session: Session, program: ByteString? = nil, isStrict: Bool = false) {
    self.session = session
    self.program = program ?? session.program
    self.isStrict = isStrict
  }

  /// Runs all lines of `source`.
  ///
  /// - Returns: The exit status of the run.
  mutating func run(from source: inout some InputSource) -> ExitStatus {
    let last = runLines(from: &source)
    return isStrict ? firstFailure ?? last : last
  }

  private mutating func runLines(from source: inout some InputSource) -> ExitStatus {
    do throws(DirectorError) {
      try session.checkAccess()
      largestBatch = try session.withDirector { $0.largestBatch }
    } catch {
      return Execution(session: session).fail(error, .refused)
    }
    var reader = RestoreReader()
    while true {
      let length: Int
      do throws(SystemError) {
        length = try reader.feed(atMost: Self.chunkLength) { room throws(SystemError) in
          try source.read(into: &room)
        }
      } catch {
        return settle() ?? report(of: error)
      }
      if length == 0 { break }
      if let end = take(from: &reader) { return end }
      // Without more input waiting, wait for the answers: a typed line takes effect at once.
      if sent != nil, !source.isReady, let end = settle() { return end }
      if let number = reader.overlongLine {
        return settle() ?? report(ofOverlongLine: number)
      }
    }
    reader.finish()
    return take(from: &reader) ?? settle() ?? status
  }

  /// Runs the lines that are complete.
  ///
  /// - Returns: The exit status if one of them ended the run.
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
      session.output.report(
        error.diagnostic(of: line.words, programName: program, line: line))
      status = ExitStatus(rawValue: error.exitStatus)
      return error.lastsOneLine ? nil : status
    }
    if case .change(let change) = command {
      gathered.append(change, from: line)
      return gathered.changes.isFull(atMost: largestBatch) ? pass() : nil
    }
    if let end = flush() { return end }
    status = execution(at: line.location).run(command)
    switch command {
    case .help, .version: return status
    case .list where status != .success: return status
    default: return nil
    }
  }

  /// Sends the collected changes, and waits for all answers.
  ///
  /// - Returns: The exit status if that ended the run.
  private mutating func flush() -> ExitStatus? { pass() ?? settle() }

  /// Sends the collected changes, and waits for the answers to the batch before them; to themselves
  /// too, where the director works on a batch at once and waiting costs nothing.
  ///
  /// - Returns: The exit status if that ended the run.
  private mutating func pass() -> ExitStatus? {
    guard let first = gathered.first else { return nil }
    let passed: SentChanges
    let worksAtOnce: Bool
    do throws(DirectorError) {
      (passed, worksAtOnce) = try session.withDirector { director throws(DirectorError) in
        (try director.send(&gathered.changes), director.worksAtOnce)
      }
    } catch {
      return execution(at: waiting.first ?? first).fail(error, .refused)
    }
    if let end = settle(isLast: false) { return end }
    swap(&gathered, &waiting)
    sent = passed
    guard worksAtOnce else { return nil }
    // Use the same memory for the next batch.
    defer { swap(&gathered, &waiting) }
    return settle()
  }

  /// Takes the answers to the batch that was sent.
  ///
  /// - Parameter isLast: Whether nothing else was sent since, so that the table can be read.
  /// - Returns: The exit status if that ended the run.
  private mutating func settle(isLast: Bool = true) -> ExitStatus? {
    guard let sent, let first = waiting.first else { return nil }
    self.sent = nil
    defer { waiting.removeAll() }
    let rejections: [RejectedRequest]
    do throws(DirectorError) {
      rejections = try session.withDirector { director throws(DirectorError) in
        try director.takeAnswers(to: sent)
      }
    } catch {
      return execution(at: first).fail(error, .refused)
    }
    status = .success
    var reader = RestoreReader(rereading: first)
    var next = 0
    for rejection in rejections {
      while next < rejection.index, reader.next() != nil { next += 1 }
      guard let line = reader.next() else { break }
      next += 1
      let execution = execution(at: line.location)
      guard rejection.errno != EPERM else {
        return execution.fail(.refused(errno: EPERM), .refused)
      }
      let refused = refuse(line, rejection.errno, canReadTable: isLast)
      if rejection.index + 1 == sent.count { status = refused } else { note(refused) }
    }
    return nil
  }

  /// Notes the exit status of a line that is not the last one of its batch.
  private mutating func note(_ failure: ExitStatus) {
    firstFailure = firstFailure ?? failure
  }

  /// Reports that the change of a line was refused.
  private mutating func refuse(
    _ line: RestoreLine, _ errno: Int32, canReadTable: Bool
  ) -> ExitStatus {
    var execution = execution(at: line.location)
    execution.words = line.words
    if canReadTable, explanationsFromTable > 0 {
      explanationsFromTable -= 1
      execution.explainsFromTable = true
    }
    let names = session.environment.names
    // The line parsed before; it can fail now only where a name no longer resolves.
    guard case .change(let change)? = try? CommandParser.parse(line, names: names) else {
      return execution.fail(.refused(errno: errno), .refused)
    }
    return execution.refuse(change, errno)
  }

  private func execution(at location: RestoreLine.Location) -> Execution {
    Execution(session: session, explainsFromTable: false, position: location.quote)
  }

  private func report(ofOverlongLine number: Int) -> ExitStatus {
    session.output.report(
      Diagnostic(
        "cannot read standard input",
        [
          ByteString("cause: line \(number) has more than \(RestoreReader.longestLine) bytes"),
          "remedy: give the rules as text, one command to a line; the lines before it were run",
        ]))
    return .failure
  }

  /// Reports that the input cannot be read.
  func report(of error: SystemError) -> ExitStatus {
    session.output.report(
      Diagnostic(
        "cannot read standard input",
        [
          ByteString("cause: \(error.description)"),
          "remedy: give the rules as a file or a pipe: ipvsadm --restore < FILE",
        ]))
    return .failure
  }
}

extension RestoreLine.Location {
  /// The most bytes of a line that are quoted.
  private static let longestQuote = 120

  /// The number and the text of the line, for diagnostics.
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
