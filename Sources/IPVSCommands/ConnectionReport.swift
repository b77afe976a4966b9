internal import IPVSClient
internal import IPVSListing
internal import IPVSNames
internal import IPVSText

/// The listing of connections, from the kernel's file to standard output in pieces: what it takes of
/// memory does not grow with the number of connections.
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
    if let engine = session.engine {
      return complain(
        "cannot list the connections of an engine",
        [
          "engine: \(engine)", "cause: connections do not go over netlink, but through /proc",
          "remedy: leave --engine and IPVSADM_ENGINE out to list those of the kernel",
        ])
    }
    let path = session.environment.connections
    let file: Descriptor
    do throws(SystemError) {
      file = try Descriptor(reading: path)
    } catch {
      return complain(
        "cannot open file \(path)",
        [
          "cause: \(error.description)",
          "remedy: IPVS must be in the kernel, and /proc mounted for this network namespace",
        ])
    }
    defer { file.close() }
    var listing = ConnectionListing(persistence: persistence, names: names)
    return copy(file, through: &listing)
  }

  private func copy(
    _ file: Descriptor, through listing: inout ConnectionListing
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
      return fail(error)
    } catch {
      return complain("cannot read file \(session.environment.connections)", ["cause: \(error)"])
    }
  }

  private func fail(_ error: ConnectionListingError) -> ExitStatus {
    let headline = "unexpected input from \(session.environment.connections)"
    switch error {
    case .empty: return complain(headline, ["cause: the file is empty"])
    case .malformed(let row):
      return complain(
        headline, ["cause: row \(row) is not a connection; the rows before it are whole"])
    case .tooLong(let row, let limit):
      return complain(headline, ["cause: row \(row) is longer than \(limit) bytes"])
    }
  }

  private func complain(_ headline: String, _ details: [String]) -> ExitStatus {
    session.output.complain(Complaint(ByteString(headline), details.map { ByteString($0) }))
    return .failure
  }
}
