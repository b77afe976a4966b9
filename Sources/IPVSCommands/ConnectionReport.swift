// SPDX-License-Identifier: Apache-2.0

internal import IPVSClient
internal import IPVSListing
internal import IPVSPrograms
internal import IPVSSockets
internal import IPVSSystem
internal import IPVSText

/// The listing of connections, from the kernel's file or from an engine to standard output in pieces:
/// the memory that it takes does not grow with the number of connections.
struct ConnectionReport {
  let session: Session
  let renderer: any ListingRenderer

  /// The bytes read at a time. The kernel gives no more than a page or two.
  private static let chunkLength = 64 << 10

  func run() -> ExitStatus {
    do throws(DirectorError) {
      try session.checkAccess()
    } catch {
      return Execution(session: session).fail(error, .failure)
    }
    guard session.engine == nil, let path = session.environment.connections else {
      return copyFromEngine()
    }
    let file: FileDescriptor
    do throws(SystemError) {
      file = try FileDescriptor(reading: path)
    } catch {
      return report(
        "cannot open file \(path)",
        [
          "cause: \(error.description)",
          "remedy: IPVS must be in the kernel, and /proc mounted for this network namespace",
        ])
    }
    defer { file.close() }
    return copy(file, path)
  }

  private func copy(_ file: FileDescriptor, _ path: String) -> ExitStatus {
    var chunk = [UInt8](repeating: 0, count: Self.chunkLength)
    var printer = ConnectionPrinter(ConnectionReader(), renderer, session.output)
    do {
      while session.output.failure == nil {
        let length = try file.read(into: &chunk)
        if length == 0 { break }
        try printer.feed(chunk.span.extracting(..<length))
      }
      try printer.finish()
      return .success
    } catch let error as ConnectionReaderError {
      return fail(error, from: path)
    } catch {
      return report("cannot read file \(path)", ["cause: \(error)"])
    }
  }

  private func copyFromEngine() -> ExitStatus {
    var printer = ConnectionPrinter(ConnectionReader(hasTitles: false), renderer, session.output)
    do {
      try session.withDirector { director throws(DirectorError) in
        try director.print(through: &printer)
      }.get()
      try printer.finish()
      return .success
    } catch let error as ConnectionReaderError {
      return fail(error, from: session.engine.map { "engine \($0)" } ?? "the engine")
    } catch let error as DirectorError {
      if error == .socket(.familyAbsent) { return failWithoutFamily() }
      printer.appendTitles()
      printer.flush()
      return Execution(session: session).fail(error, .failure)
    } catch { return .failure }
  }

  private func failWithoutFamily() -> ExitStatus {
    report(
      "cannot list the connections of an engine",
      [
        "engine: \(session.engine.map { "\($0)" } ?? "of this process")",
        "cause: it cannot be asked for them: it has no netlink family IPVS_ENGINE",
        "remedy: ask an ipvs-engine, or leave --engine and IPVSADM_ENGINE out to list those of the "
          + "kernel",
      ])
  }

  private func fail(_ error: ConnectionReaderError, from source: String) -> ExitStatus {
    let headline = "unexpected input from \(source)"
    switch error {
    case .empty: return report(headline, ["cause: the file is empty"])
    case .malformed(let row):
      return report(
        headline, ["cause: row \(row) is not a connection; the rows before it are whole"])
    case .tooLong(let row, let limit):
      return report(headline, ["cause: row \(row) is longer than \(limit) bytes"])
    }
  }

  private func report(_ headline: String, _ details: [String]) -> ExitStatus {
    session.output.report(Diagnostic(ByteString(headline), details.map { ByteString($0) }))
    return .failure
  }
}

/// Connections on their way from the text that is read to standard output.
private struct ConnectionPrinter {
  private var reader: ConnectionReader
  private let renderer: any ListingRenderer
  private let output: Output
  private var text = TextBuffer(capacity: 256 << 10)
  private var hasTitles = false

  init(_ reader: ConnectionReader, _ renderer: any ListingRenderer, _ output: Output) {
    self.reader = reader
    self.renderer = renderer
    self.output = output
  }

  /// Prints the rows that end in these bytes; where one is malformed, those before it.
  mutating func feed(_ chunk: Span<UInt8>) throws(ConnectionReaderError) {
    appendTitles()
    defer { flush() }
    let renderer = renderer
    try reader.feed(chunk, into: &text) { renderer.append(&$0, in: $1, to: &$2) }
  }

  mutating func finish() throws(ConnectionReaderError) {
    defer { flush() }
    let renderer = renderer
    try reader.finish(into: &text) { renderer.append(&$0, in: $1, to: &$2) }
    appendTitles()
  }

  /// Appends the titles, where that has not been done.
  mutating func appendTitles() {
    if !hasTitles { renderer.appendConnectionTitles(to: &text) }
    hasTitles = true
  }

  /// Whether standard output takes no more.
  var hasFailed: Bool { output.failure != nil }

  mutating func flush() {
    output.print(text)
    text.removeAll()
  }
}

extension Director {
  /// Prints all connections of an engine, up to the first row that is malformed.
  fileprivate mutating func print(
    through printer: inout ConnectionPrinter
  ) throws(DirectorError) -> Result<Void, ConnectionReaderError> {
    var result = Result<Void, ConnectionReaderError>.success(())
    try connectionText { rows in
      rows.withUnsafeBytes { bytes in
        do throws(ConnectionReaderError) {
          try printer.feed(bytes.bindMemory(to: UInt8.self).span)
          return !printer.hasFailed
        } catch {
          result = .failure(error)
          return false
        }
      }
    }
    return result
  }
}
