// SPDX-License-Identifier: Apache-2.0

internal import IPVSClient
internal import IPVSGrammar
internal import IPVSListing
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSockets
internal import IPVSSystem
internal import IPVSText

/// The listing of connections, from the kernel's file or from an engine to standard output in pieces:
/// the memory that it takes does not grow with the number of connections.
struct ConnectionReport {
  private let session: Session
  private let renderer: any ListingRenderer
  private let filter: ListingFilter

  /// What connections are counted by; nil: they are printed.
  private let key: ConnectionKey?

  init(_ session: Session, _ renderer: any ListingRenderer, _ request: ListRequest) {
    self.session = session
    self.renderer = renderer
    filter = request.filter
    key = if case .counts(let key) = request.subject { key } else { nil }
  }

  /// The bytes read at a time. The kernel gives no more than a page or two.
  private static let chunkLength = 64 << 10

  func run() -> ExitStatus {
    let services: [ListedService]?
    do throws(DirectorError) {
      services = try readServices()
    } catch {
      return Execution(session: session).fail(error, .failure)
    }
    if let services, let diagnostic = filter.unknownScheduler(in: services) {
      session.output.report(diagnostic)
      return .usage
    }
    let sink = sink(services.map(ConnectionServices.init))
    guard session.engine == nil, let path = session.environment.connections else {
      return copyFromEngine(to: sink)
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
    return copy(file, path, to: sink)
  }

  /// The services with the servers that tell by which firewall mark a connection came, where rows alone do
  /// not say what is asked. What rows do say needs no more than the right to ask.
  private func readServices() throws(DirectorError) -> [ListedService]? {
    guard ConnectionFilter.needsServices(filter) || key == .service || key == .scheduler else {
      try session.checkAccess()
      return nil
    }
    return try session.withDirector { director throws(DirectorError) in
      var services = try director.services()
      for index in services.indices where services[index].service.identity.isMark {
        services[index].servers = try director.servers(of: services[index].service.identity)
      }
      return services
    }
  }

  private func sink(_ services: ConnectionServices?) -> ConnectionSink {
    ConnectionSink(
      filter: filter.isEmpty ? nil : ConnectionFilter(filter, services: services),
      services: services, counts: key.map { ConnectionCounts(by: $0) })
  }

  private func copy(
    _ file: FileDescriptor, _ path: String, to sink: ConnectionSink
  ) -> ExitStatus {
    var chunk = [UInt8](repeating: 0, count: Self.chunkLength)
    var printer = ConnectionPrinter(ConnectionReader(), renderer, session.output, sink)
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

  private func copyFromEngine(to sink: ConnectionSink) -> ExitStatus {
    var printer = ConnectionPrinter(
      ConnectionReader(hasTitles: false), renderer, session.output, sink)
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

/// What is done with connections: which are selected, and whether they are printed or counted.
private struct ConnectionSink {
  /// Nil: all are.
  let filter: ConnectionFilter?
  let services: ConnectionServices?
  var counts: ConnectionCounts?
  var text = TextBuffer(capacity: 256 << 10)
  private var hasTitles = false

  init(filter: ConnectionFilter?, services: ConnectionServices?, counts: ConnectionCounts?) {
    self.filter = filter
    self.services = services
    self.counts = counts
  }

  /// Appends the titles, where that has not been done and there is something to be under them.
  mutating func appendTitles(of renderer: any ListingRenderer) {
    guard !hasTitles, filter == nil, counts == nil else { return }
    renderer.appendConnectionTitles(to: &text)
    hasTitles = true
  }

  /// Takes all rows of a batch.
  mutating func take(
    _ rows: inout ConnectionRows, in text: Span<UInt8>, _ renderer: any ListingRenderer
  ) {
    guard filter != nil || counts != nil else {
      return renderer.append(&rows, in: text, to: &self.text)
    }
    while let row = rows.next(in: text) {
      if let filter, !filter.selects(row, in: text) { continue }
      guard counts == nil else {
        counts?.add(row, in: text, services: services)
        continue
      }
      if !hasTitles { renderer.appendConnectionTitles(to: &self.text) }
      hasTitles = true
      renderer.append(row, in: text, to: &self.text)
    }
  }
}

/// Connections on their way from the text that is read to standard output.
private struct ConnectionPrinter {
  private var reader: ConnectionReader
  private let renderer: any ListingRenderer
  private let output: Output
  private var sink: ConnectionSink

  init(
    _ reader: ConnectionReader, _ renderer: any ListingRenderer, _ output: Output,
    _ sink: ConnectionSink
  ) {
    self.reader = reader
    self.renderer = renderer
    self.output = output
    self.sink = sink
  }

  /// Prints the rows that end in these bytes; where one is malformed, those before it.
  mutating func feed(_ chunk: Span<UInt8>) throws(ConnectionReaderError) {
    appendTitles()
    defer { flush() }
    let renderer = renderer
    try reader.feed(chunk, into: &sink) { $2.take(&$0, in: $1, renderer) }
  }

  /// Ends the listing; where connections were counted, prints the counts.
  mutating func finish() throws(ConnectionReaderError) {
    defer { flush() }
    let renderer = renderer
    try reader.finish(into: &sink) { $2.take(&$0, in: $1, renderer) }
    appendTitles()
    if let counts = sink.counts { renderer.append(.counts(counts), to: &sink.text) }
  }

  /// Appends the titles, where that has not been done.
  mutating func appendTitles() {
    sink.appendTitles(of: renderer)
  }

  /// Whether standard output takes no more.
  var hasFailed: Bool { output.failure != nil }

  mutating func flush() {
    output.print(sink.text)
    sink.text.removeAll()
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
