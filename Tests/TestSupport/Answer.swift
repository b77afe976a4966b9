// SPDX-License-Identifier: Apache-2.0

/// One message of a reply, laid out as the kernel's netlink does
/// (net/netlink/af_netlink.c, `netlink_ack`, `netlink_dump_done`).
public struct Answer: Sendable {
  public enum Content: Sendable {
    /// A message of the family, from its generic netlink header on.
    case reply([UInt8])

    /// An errno, 0 for success, and the request: its header, or, for an error, all of it.
    case verdict(Int32)

    /// The end of a dump, with the errno that ended it, or 0.
    case end(Int32)

    /// Anything.
    case other(type: UInt16, [UInt8])
  }

  public var content: Content
  public var flags: UInt16

  /// Which request of the last datagram it answers.
  public var place: Int

  /// What is added to the sequence number of that request.
  public var shift: UInt32

  public init(_ content: Content, flags: UInt16 = 0, place: Int = 0, shift: UInt32 = 0) {
    self.content = content
    self.flags = flags
    self.place = place
    self.shift = shift
  }

  public static let multipart: UInt16 = 0x2
  public static let interrupted: UInt16 = 0x10
  private static let capped: UInt16 = 0x100

  /// The one reply to a question.
  public static func reply(_ body: [UInt8]) -> Answer { Answer(.reply(body)) }

  /// One entry of a dump.
  public static func entry(_ body: [UInt8], flags: UInt16 = 0) -> Answer {
    Answer(.reply(body), flags: multipart | flags)
  }

  public static func end(_ errno: Int32 = 0) -> Answer { Answer(.end(errno), flags: multipart) }

  public static func done(_ place: Int = 0) -> Answer {
    Answer(.verdict(0), flags: capped, place: place)
  }

  public static func refused(_ errno: Int32, _ place: Int = 0) -> Answer {
    Answer(.verdict(errno), place: place)
  }

  /// The same message as the answer to another request, one that was never sent.
  public var astray: Answer {
    var answer = self
    answer.shift = 0x5555_5555
    return answer
  }

  /// The bytes, without padding, as an answer to one of `requests`.
  public func bytes(to requests: [SentMessage]) -> [UInt8] {
    let request = place < requests.count ? requests[place] : nil
    let sequence = (request?.sequence ?? 0) &+ shift
    let type: UInt16
    var payload: [UInt8] = []
    switch content {
    case .reply(let body):
      type = request?.type ?? 0
      payload = body
    case .verdict(let errno):
      type = 2
      payload.append(number: 0 &- errno)
      var echo = request?.bytes ?? [UInt8](repeating: 0, count: SentMessage.headerLength)
      if shift != 0 {
        Swift.withUnsafeBytes(of: sequence) { echo.replaceSubrange(8..<12, with: $0) }
      }
      payload += errno == 0 ? echo.prefix(SentMessage.headerLength) : echo[...]
    case .end(let errno):
      type = 3
      payload.append(number: 0 &- errno)
    case .other(let other, let bytes):
      type = other
      payload = bytes
    }
    var bytes: [UInt8] = []
    bytes.append(number: UInt32(SentMessage.headerLength + payload.count))
    bytes.append(number: type)
    bytes.append(number: flags)
    bytes.append(number: sequence)
    bytes.append(number: request?.port ?? 0)
    return bytes + payload
  }
}
