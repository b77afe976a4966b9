// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSClient
internal import IPVSListing
internal import IPVSSystem

/// Looks through all connections of a director. What cannot be read is passed over: nothing but a
/// remark depends on it.
struct ConnectionSearch {
  private let session: Session

  private static let chunkLength = 64 << 10

  init(_ session: Session) {
    self.session = session
  }

  /// When the last persistence template of each server ends, in seconds.
  func lastTemplates(of servers: [Endpoint]) -> [Endpoint: UInt64] {
    var ends: [Endpoint: UInt64] = [:]
    forEachRow { row in
      // A template is for all ports of a client, and may be for all ports of a server.
      guard row.client.port == 0 else { return }
      for server in servers
      where server.address == row.server.address && [server.port, 0].contains(row.server.port) {
        ends[server] = max(ends[server] ?? 0, row.seconds)
      }
    }
    return ends
  }

  private func forEachRow(_ body: (ConnectionRow) -> Void) {
    let isFile = session.engine == nil && session.environment.connections != nil
    var reader = ConnectionReader(hasTitles: isFile)
    func feed(_ chunk: Span<UInt8>) -> Bool {
      var nothing: Void = ()
      return
        (try? reader.feed(chunk, into: &nothing) { rows, text, _ in
          while let row = rows.next(in: text) { body(row) }
        }) != nil
    }
    guard isFile, let path = session.environment.connections else {
      try? session.withDirector { director throws(DirectorError) in
        try director.connections { rows in
          rows.withUnsafeBytes { feed($0.bindMemory(to: UInt8.self).span) }
        }
      }
      return
    }
    guard let file = try? FileDescriptor(reading: path) else { return }
    defer { file.close() }
    var chunk = [UInt8](repeating: 0, count: Self.chunkLength)
    while let length = try? file.read(into: &chunk), length > 0 {
      guard feed(chunk.span.extracting(..<length)) else { return }
    }
  }
}
