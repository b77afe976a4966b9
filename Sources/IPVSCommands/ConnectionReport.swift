internal import IPVSClient
internal import IPVSListing
internal import IPVSNames
internal import IPVSSockets
internal import IPVSText

/// The listing of connections, from the kernel's file or an engine to standard output in pieces: what
/// it takes of memory does not grow with the number of connections.
struct ConnectionReport {
  let session: Session

  /// The bytes read at a time. The kernel gives no more than a page or two.
  private static let chunkLength = 64 << 10

  func run(persistence: Bool, names: (any NameService)?) -> ExitStatus {
    do throws(DirectorError) {
      try session.checkAccess()
    } catch {
      return Execution(session: session).fail(error, .failure)
    }
    var listing = ConnectionListing(persistence: persistence, names: names)
    guard session.engine == nil, let path = session.environment.connections else {
      return copyFromEngine(through: &listing)
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
    return copy(file, path, through: &listing)
  }

  private func copy(
    _ file: FileDescriptor, _ path: String, through listing: inout ConnectionListing
  ) -> ExitStatus {
    var chunk = [UInt8](repeating: 0, count: Self.chunkLength)
    var text = TextBuffer(capacity: 4 * Self.chunkLength)
    do {
      while session.output.failure == nil {
        let length = try file.read(into: &chunk)
        if length == 0 { break }
        try listing.feed(chunk.span.extracting(..<length), into: &text)
        session.output.print(text)
        text.removeAll()
      }
      try listing.finish(into: &text)
      session.output.print(text)
      return .success
    } catch let error as ConnectionListingError {
      session.output.print(text)
      return fail(error, from: path)
    } catch {
      return report("cannot read file \(path)", ["cause: \(error)"])
    }
  }

  private func copyFromEngine(through listing: inout ConnectionListing) -> ExitStatus {
    var text = TextBuffer(capacity: 4 * Self.chunkLength)
    let place = session.engine.map { "engine \($0)" } ?? "the engine"
    do {
      // An engine leaves out the line of titles that stands above the kernel's.
      try listing.feed([UInt8(ascii: "\n")].span, into: &text)
      try session.withDirector { director throws(DirectorError) in
        try director.take(into: &listing, &text, session.output)
      }.get()
      try listing.finish(into: &text)
      session.output.print(text)
      return .success
    } catch let error as ConnectionListingError {
      session.output.print(text)
      return fail(error, from: place)
    } catch let error as DirectorError {
      if error == .socket(.familyAbsent) { return failWithoutFamily() }
      session.output.print(text)
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

  private func fail(_ error: ConnectionListingError, from place: String) -> ExitStatus {
    let headline = "unexpected input from \(place)"
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

extension Director {
  /// Prints all connections of an engine up to what is not one.
  fileprivate mutating func take(
    into listing: inout ConnectionListing, _ text: inout TextBuffer, _ output: Output
  ) throws(DirectorError) -> Result<Void, ConnectionListingError> {
    var result = Result<Void, ConnectionListingError>.success(())
    try connections { rows in
      rows.withUnsafeBytes { bytes in
        do throws(ConnectionListingError) {
          try listing.feed(bytes.bindMemory(to: UInt8.self).span, into: &text)
        } catch {
          result = .failure(error)
          return false
        }
        output.print(text)
        text.removeAll()
        return output.failure == nil
      }
    }
    return result
  }
}
