// SPDX-License-Identifier: Apache-2.0

/// A request as a transport received it, parsed without the code under test.
public struct SentMessage: Hashable, Sendable {
  public static let headerLength = 16

  public let type: UInt16
  public let flags: UInt16
  public let sequence: UInt32
  public let port: UInt32

  /// What follows the netlink header.
  public let payload: [UInt8]

  /// The header and the payload, without padding.
  public let bytes: [UInt8]

  /// The command, in a generic netlink message.
  public var command: UInt8? { payload.first }

  /// What follows the generic netlink header.
  public var attributes: [UInt8] { Array(payload.dropFirst(4)) }

  public var wantsAcknowledgement: Bool { flags & 0x4 != 0 }

  /// The messages of a datagram. What cannot be one ends the list.
  public static func all(in datagram: [UInt8]) -> [SentMessage] {
    var messages: [SentMessage] = []
    var offset = 0
    while let message = SentMessage(datagram, at: offset) {
      messages.append(message)
      offset += (message.bytes.count + 3) & ~3
    }
    return messages
  }

  private init?(_ datagram: [UInt8], at offset: Int) {
    guard let length = datagram.number(UInt32.self, at: offset).map(Int.init),
      length >= Self.headerLength, offset + length <= datagram.count,
      let type = datagram.number(UInt16.self, at: offset + 4),
      let flags = datagram.number(UInt16.self, at: offset + 6),
      let sequence = datagram.number(UInt32.self, at: offset + 8),
      let port = datagram.number(UInt32.self, at: offset + 12)
    else { return nil }
    self.type = type
    self.flags = flags
    self.sequence = sequence
    self.port = port
    bytes = Array(datagram[offset..<offset + length])
    payload = Array(bytes.dropFirst(Self.headerLength))
  }
}
