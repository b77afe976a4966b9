// SPDX-License-Identifier: Apache-2.0

internal import IPVSMessages
internal import IPVSNetlinkFormat
internal import IPVSProtocol
internal import IPVSSockets

extension Director {
  /// Reads the connections of an engine: the lines of /proc/net/ip_vs_conn without the titles. They are
  /// handed over as they come, so that the memory does not grow with their number.
  ///
  /// The kernel does not answer this request: it shows its connections in that file.
  ///
  /// - Parameter body: takes lines in pieces of any size. Where it returns false, the rest is not read,
  ///   and the director cannot be used any more.
  /// - Throws: `socket(.familyAbsent)` where the other end cannot be asked for connections.
  package mutating func connections(
    _ body: (RawSpan) -> Bool
  ) throws(DirectorError) {
    var failure: DirectorError?
    do {
      let number = try socket.number(ofFamily: EngineFamily.name)
      writer.removeAll()
      let sent = nextSequence
      ConnectionsMessage.write(to: &writer, family: number, sequence: sent, port: socket.port)
      nextSequence &+= 1
      try sendWritten()
      try receive(since: sent) { event, _, payload in
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
    } catch {
      throw .socket(error)
    }
    if let failure { throw failure }
  }
}
