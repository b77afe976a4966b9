/// One client's side of the talk with an `NetlinkServer`: what it is still to be told.
///
/// What is kept of a client is at most the replies to one datagram of its requests, and how far one
/// dump has come, whose pages are made when they are asked for.
public struct NetlinkSession: Sendable {
  /// Whether the client may ask anything of IPVS (`CAP_NET_ADMIN`).
  let isAdministrator: Bool

  private var replies: [[UInt8]] = []
  private var next = 0

  /// The dump that is under way. There can be one at a time, as on a netlink socket.
  var dump: Dump?

  public init(isAdministrator: Bool = true) {
    self.isAdministrator = isAdministrator
  }

  mutating func append(_ datagram: [UInt8]) { replies.append(datagram) }

  mutating func nextReply() -> [UInt8]? {
    guard next < replies.count else { return nil }
    let reply = replies[next]
    replies[next] = []
    next += 1
    if next == replies.count {
      replies.removeAll()
      next = 0
    }
    return reply
  }
}
