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
    var printer = ConnectionPrinter(
      renderer, session.output, sink(services.map(ConnectionServices.init)))
    do throws(ConnectionsError) {
      try session.readConnections { rows, text in printer.take(&rows, in: text) }
      printer.finish()
      return .success
    } catch {
      return fail(error, &printer)
    }
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

  /// Reports why not all connections are listed, below those that are.
  private func fail(_ error: ConnectionsError, _ printer: inout ConnectionPrinter) -> ExitStatus {
    switch error {
    case .director(.socket(.familyAbsent)), .notOpened, .notRead, .empty: break
    case .director, .malformed, .tooLong: printer.printTitles()
    }
    if error == .director(.socket(.familyAbsent)) { return report(error) }
    guard case .director(let fault) = error else { return report(error) }
    return Execution(session: session).fail(fault, .failure)
  }

  private func report(_ error: ConnectionsError) -> ExitStatus {
    session.output.report(session.diagnostic(ofReadingConnections: error))
    return .failure
  }
}

extension Session {
  /// Reads the director's connections in batches, as `Director.readConnections` does.
  func readConnections(
    _ body: (inout ConnectionRows, Span<UInt8>) -> Bool
  ) throws(ConnectionsError) {
    let result: Result<Void, ConnectionsError>
    do throws(DirectorError) {
      result = try withDirector { director throws(DirectorError) in
        director.connectionSource = connectionSource
        return Result { () throws(ConnectionsError) in try director.readConnections(body) }
      }
    } catch { throw .director(error) }
    try result.get()
  }

  /// Why connections could not be read.
  func diagnostic(ofReadingConnections error: ConnectionsError) -> Diagnostic {
    let (headline, details): (String, [String]) =
      switch error {
      case .director(.socket(.familyAbsent)):
        (
          "cannot list the connections of an engine",
          [
            "engine: \(engine.map { "\($0)" } ?? "of this process")",
            "cause: it cannot be asked for them: it has no netlink family IPVS_ENGINE",
            "remedy: ask an ipvs-engine, or leave --engine and IPVSADM_ENGINE out to list those of the "
              + "kernel",
          ]
        )
      case .director(let error): ("cannot list the connections", ["cause: \(error)"])
      case .notOpened(let path, let errno):
        (
          "cannot open file \(path)",
          [
            "cause: \(SystemError(errno: errno).description)",
            "remedy: IPVS must be in the kernel, and /proc mounted for this network namespace",
          ]
        )
      case .notRead(let path, let errno):
        ("cannot read file \(path)", ["cause: \(SystemError(errno: errno).description)"])
      case .empty: (unexpectedConnections, ["cause: the file is empty"])
      case .malformed(let row):
        (
          unexpectedConnections,
          ["cause: row \(row) is not a connection; the rows before it are whole"]
        )
      case .tooLong(let row, let limit):
        (unexpectedConnections, ["cause: row \(row) is longer than \(limit) bytes"])
      }
    return Diagnostic(ByteString(headline), details.map { ByteString($0) })
  }

  private var unexpectedConnections: String {
    switch connectionSource {
    case .file(let path): "unexpected input from \(path)"
    case .peer: "unexpected input from \(engine.map { "engine \($0)" } ?? "the engine")"
    }
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
  private let renderer: any ListingRenderer
  private let output: Output
  private var sink: ConnectionSink

  init(_ renderer: any ListingRenderer, _ output: Output, _ sink: ConnectionSink) {
    self.renderer = renderer
    self.output = output
    self.sink = sink
  }

  /// Prints the rows of a batch; where one is malformed, those before it.
  ///
  /// - Returns: Whether standard output takes more.
  mutating func take(_ rows: inout ConnectionRows, in text: Span<UInt8>) -> Bool {
    sink.appendTitles(of: renderer)
    sink.take(&rows, in: text, renderer)
    flush()
    return output.failure == nil
  }

  /// Ends the listing; where connections were counted, prints the counts.
  mutating func finish() {
    sink.appendTitles(of: renderer)
    if let counts = sink.counts { renderer.append(.counts(counts), to: &sink.text) }
    flush()
  }

  /// Prints the titles, where that has not been done.
  mutating func printTitles() {
    sink.appendTitles(of: renderer)
    flush()
  }

  private mutating func flush() {
    output.print(sink.text)
    sink.text.removeAll()
  }
}
