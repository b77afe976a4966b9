// SPDX-License-Identifier: Apache-2.0

/// One client's side of its exchange with a `NetlinkServer`: the answers that it has not had yet.
///
/// What is kept of a client is bounded: the rest of one datagram, less than `mostBytesOfAnswers` of
/// answers and one more, and how far one dump has come, whose pages are made when they are asked for.
public struct NetlinkSession: Sendable {
  /// Where answers take as many bytes, no further request is carried out until they are taken. The
  /// answers to a usual batch of changes take less.
  public static let mostBytesOfAnswers = 64 << 10

  /// What an answer takes in memory beside its bytes.
  private static let bytesOfArray = 48

  /// Whether the client may ask anything of IPVS (`CAP_NET_ADMIN`).
  let isAdministrator: Bool

  private var replies: [[UInt8]] = []
  private var next = 0

  /// What the answers take that wait, with those of the same request that are taken.
  private(set) var bytesOfReplies = 0

  /// The requests of the last datagram that are not carried out yet.
  var postponed: PostponedRequests?

  /// The dump that is under way. There can be one at a time, as on a netlink socket.
  var dump: Dump?

  /// The session of a new client.
  ///
  /// - Parameter isAdministrator: Whether the client may read and change the table. Others get EPERM for
  ///   every IPVS request, as without CAP_NET_ADMIN.
  public init(isAdministrator: Bool = true) {
    self.isAdministrator = isAdministrator
  }

  /// Whether another request may be carried out.
  var hasRoom: Bool { bytesOfReplies < Self.mostBytesOfAnswers }

  mutating func append(_ datagram: [UInt8]) {
    replies.append(datagram)
    bytesOfReplies += datagram.count + Self.bytesOfArray
  }

  mutating func nextReply() -> [UInt8]? {
    guard next < replies.count else { return nil }
    let reply = replies[next]
    replies[next] = []
    next += 1
    if next == replies.count {
      replies.removeAll()
      next = 0
      bytesOfReplies = 0
    }
    return reply
  }
}

/// A datagram whose requests wait until there is room for their answers.
struct PostponedRequests: Sendable {
  let bytes: [UInt8]

  /// Where the first request is that was not carried out.
  var offset = 0
}
