// SPDX-License-Identifier: Apache-2.0

package import IPVSListing
internal import IPVSMessages
internal import IPVSNetlinkFormat
internal import IPVSProtocol
public import IPVSRules
internal import IPVSSockets
internal import IPVSSystem
package import IPVSText

/// Where the connections of a director are read from.
package enum ConnectionSource: Sendable {
  /// The file in which the kernel shows them.
  case file(String)

  /// The peer, which is asked for them.
  case peer
}

/// Why the connections of a director cannot be read.
public enum ConnectionsError: Error, Hashable, Sendable {
  /// The director does not answer, or is an engine that cannot be asked for connections.
  case director(DirectorError)

  /// The kernel's file cannot be opened.
  case notOpened(path: String, errno: Int32)

  /// The kernel's file cannot be read further.
  case notRead(path: String, errno: Int32)

  /// The kernel's file has not even a line of titles.
  case empty

  /// A row is not that of a connection. Rows count from 1.
  case malformed(row: Int)

  /// A row has more than `limit` bytes.
  case tooLong(row: Int, limit: Int)
}

extension ConnectionsError: CustomStringConvertible {
  /// One line that names what failed, and the cause.
  public var description: String {
    switch self {
    case .director(let error): error.description
    case .notOpened(let path, let errno):
      "\(path) cannot be opened: \(SystemError(errno: errno).description)"
    case .notRead(let path, let errno):
      "\(path) cannot be read: \(SystemError(errno: errno).description)"
    case .empty: "the list of connections has no titles"
    case .malformed(let row): "row \(row) of the connections is not a connection"
    case .tooLong(let row, let limit):
      "row \(row) of the connections is longer than \(limit) bytes"
    }
  }
}

extension Director {
  /// Where the kernel shows the connections of a thread's network namespace.
  static let kernelConnections = "/proc/thread-self/net/ip_vs_conn"

  /// The bytes read at a time. The kernel gives no more than a page or two.
  private static let chunkLength = 64 << 10

  /// All connections, templates of persistence included.
  ///
  /// - Throws: `notOpened` where the kernel's file is absent or may not be read.
  public mutating func connections() throws(ConnectionsError) -> [ListedConnection] {
    var connections: [ListedConnection] = []
    try forEachConnection { connections.append($0) }
    return connections
  }

  /// Calls `body` with each connection. The memory does not grow with their number.
  ///
  /// - Throws: As `connections()`; `body` has had the rows before the one at fault.
  public mutating func forEachConnection(
    _ body: (ListedConnection) -> Void
  ) throws(ConnectionsError) {
    try forEachConnectionRow { row, text in body(ListedConnection(row, in: text)) }
  }

  /// Calls `body` with each connection's row, and the text that it is in.
  package mutating func forEachConnectionRow(
    _ body: (ConnectionRow, Span<UInt8>) -> Void
  ) throws(ConnectionsError) {
    try readConnections { rows, text in
      while let row = rows.next(in: text) { body(row, text) }
      return true
    }
  }

  /// Reads connections in batches.
  ///
  /// - Parameter body: Takes all rows of a batch, which are in the text. Where it returns false, the rest is
  ///   not read, and a director of an engine cannot be used any more.
  package mutating func readConnections(
    _ body: (inout ConnectionRows, Span<UInt8>) -> Bool
  ) throws(ConnectionsError) {
    var isWanted = true
    var reader: ConnectionReader
    switch connectionSource {
    case .file: reader = ConnectionReader()
    case .peer: reader = ConnectionReader(hasTitles: false)
    }
    func take(_ rows: inout ConnectionRows, _ text: Span<UInt8>, _: inout Void) {
      isWanted = body(&rows, text)
    }
    func feed(_ chunk: Span<UInt8>) throws(ConnectionsError) -> Bool {
      var nothing: Void = ()
      do throws(ConnectionReaderError) {
        try reader.feed(chunk, into: &nothing, take)
      } catch { throw ConnectionsError(error) }
      return isWanted
    }
    switch connectionSource {
    case .file(let path): try readConnections(at: path, feed)
    case .peer: try readConnectionsOfEngine(feed)
    }
    guard isWanted else { return }
    var nothing: Void = ()
    do throws(ConnectionReaderError) {
      try reader.finish(into: &nothing, take)
    } catch { throw ConnectionsError(error) }
  }

  private func readConnections(
    at path: String, _ body: (Span<UInt8>) throws(ConnectionsError) -> Bool
  ) throws(ConnectionsError) {
    let file: FileDescriptor
    do throws(SystemError) { file = try openConnections(at: path) } catch {
      throw .notOpened(path: path, errno: error.errno)
    }
    defer { file.close() }
    var chunk = [UInt8](repeating: 0, count: Self.chunkLength)
    while true {
      let length: Int
      do throws(SystemError) { length = try file.read(into: &chunk) } catch {
        throw .notRead(path: path, errno: error.errno)
      }
      guard length > 0, try body(chunk.span.extracting(..<length)) else { return }
    }
  }

  private func openConnections(at path: String) throws(SystemError) -> FileDescriptor {
    guard case .kernelOf(let namespace) = peer else { return try FileDescriptor(reading: path) }
    return try NetworkNamespace.within(ByteString(namespace)) { () throws(SystemError) in
      try FileDescriptor(reading: path)
    }.get()
  }

  private mutating func readConnectionsOfEngine(
    _ body: (Span<UInt8>) throws(ConnectionsError) -> Bool
  ) throws(ConnectionsError) {
    var failure: ConnectionsError?
    do throws(DirectorError) {
      try connectionText { rows in
        rows.withUnsafeBytes { bytes in
          do throws(ConnectionsError) {
            return try body(bytes.bindMemory(to: UInt8.self).span)
          } catch {
            failure = error
            return false
          }
        }
      }
    } catch { throw .director(error) }
    if let failure { throw failure }
  }
}

extension ConnectionsError {
  fileprivate init(_ error: ConnectionReaderError) {
    self =
      switch error {
      case .empty: .empty
      case .malformed(let row): .malformed(row: row)
      case .tooLong(let row, let limit): .tooLong(row: row, limit: limit)
      }
  }
}

extension ListedConnection {
  /// The connection of a row.
  ///
  /// - Parameter text: The text that the row was read from.
  package init(_ row: ConnectionRow, in text: Span<UInt8>) {
    var engine: Engine?
    if let words = row.engine {
      engine = Engine(name: text.word(words.name), data: text.word(words.data))
    }
    self.init(
      transport: text.word(row.transport), client: row.client, service: row.service,
      server: row.server, state: text.word(row.state), seconds: row.seconds,
      isTemplate: row.isTemplate(in: text), engine: engine)
  }
}

extension Director {
  /// Reads the connections of an engine: the lines of /proc/net/ip_vs_conn without the titles. They are
  /// handed over as they come, so that the memory does not grow with their number.
  ///
  /// The kernel does not answer this request: it shows its connections in that file.
  ///
  /// - Parameter body: takes lines in pieces of any size. Where it returns false, the rest is not read,
  ///   and the director cannot be used any more.
  /// - Throws: `socket(.familyAbsent)` where the other end cannot be asked for connections.
  private mutating func connectionText(
    _ body: (RawSpan) -> Bool
  ) throws(DirectorError) {
    var failure: DirectorError?
    try askEngine(ConnectionsMessage.write) { event, payload in
      switch event {
      case .reply:
        var isWanted = true
        do throws(NetlinkFormatError) {
          try ConnectionsMessage.read(payload) { rows in isWanted = isWanted && body(rows) }
        } catch { failure = .answer(error) }
        return !isWanted || failure != nil
      case .refused(let errno): failure = .refused(errno: errno)
      case .done(let errno): if errno != 0 { failure = .refused(errno: errno) }
      case .acknowledged, .interrupted: return false
      }
      return true
    }
    if let failure { throw failure }
  }

  /// Reads the totals of all traffic of an engine, deleted services included, which the kernel shows in
  /// /proc/net/ip_vs_stats.
  ///
  /// - Throws: `socket(.familyAbsent)` where the other end cannot be asked for them.
  package mutating func totals() throws(DirectorError) -> Traffic {
    var outcome: Result<Traffic, DirectorError> = .failure(.socket(.silence))
    try askEngine(TotalsMessage.write) { event, payload in
      switch event {
      case .reply:
        outcome = Result { () throws(NetlinkFormatError) in try TotalsMessage.read(payload) }
          .mapError { .answer($0) }
        return false
      case .refused(let errno): outcome = .failure(.refused(errno: errno))
      case .done(let errno): if errno != 0 { outcome = .failure(.refused(errno: errno)) }
      case .acknowledged, .interrupted: return false
      }
      return true
    }
    return try outcome.get()
  }

  /// Reads the settings of an engine, which the kernel shows in /proc/sys/net/ipv4/vs, and as `kernel` the
  /// release of Linux whose IPVS it behaves as.
  ///
  /// - Throws: `socket(.familyAbsent)`, or `refused`, where the other end cannot be asked for them.
  package mutating func engineSettings() throws(DirectorError) -> [(
    name: ByteString, value: ByteString
  )] {
    var outcome: Result<[(name: ByteString, value: ByteString)], DirectorError> =
      .failure(.socket(.silence))
    try askEngine(EngineSettingsMessage.write) { event, payload in
      switch event {
      case .reply:
        outcome = Result { () throws(NetlinkFormatError) in
          try EngineSettingsMessage.read(payload)
        }.mapError { .answer($0) }
      case .refused(let errno): outcome = .failure(.refused(errno: errno))
      case .done(let errno): if errno != 0 { outcome = .failure(.refused(errno: errno)) }
      case .acknowledged, .interrupted: return false
      }
      return true
    }
    return try outcome.get()
  }

  /// Sends a request of the family `IPVS_ENGINE`, and takes the answers until `body` returns true.
  private mutating func askEngine(
    _ write: (inout MessageWriter, UInt16, UInt32, UInt32) -> Void,
    _ body: (NetlinkSocket.Event, RawSpan) -> Bool
  ) throws(DirectorError) {
    do {
      let number = try socket.number(ofFamily: EngineFamily.name)
      writer.removeAll()
      let sent = nextSequence
      write(&writer, number, sent, socket.port)
      nextSequence &+= 1
      try sendWritten()
      try receive(since: sent) { event, _, payload in body(event, payload) }
    } catch {
      throw .socket(error)
    }
  }
}
