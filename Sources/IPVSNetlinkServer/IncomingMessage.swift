internal import IPVSBalancing
internal import IPVSNetlinkFormat

/// The header of a message in a datagram, and where the message stands.
struct IncomingMessage {
  let header: MessageHeader

  /// The bytes of the message in the datagram, without the padding after it.
  let range: Range<Int>

  /// Reads the message at an offset. Nil: what is left is no message, and the kernel looks at nothing
  /// that follows (net/netlink/af_netlink.c, `netlink_rcv_skb`).
  init?(_ datagram: RawSpan, at offset: Int) {
    guard let length = datagram.load(UInt32.self, at: offset),
      let type = datagram.load(UInt16.self, at: offset + 4),
      let flags = datagram.load(UInt16.self, at: offset + 6),
      let sequence = datagram.load(UInt32.self, at: offset + 8),
      let port = datagram.load(UInt32.self, at: offset + 12),
      length >= MessageHeader.length, Int(length) <= datagram.byteCount - offset
    else { return nil }
    header = MessageHeader(
      length: length, type: type, flags: MessageFlags(rawValue: flags), sequence: sequence,
      port: port)
    range = offset..<offset + Int(length)
  }

  /// Where the next message begins.
  var end: Int { (range.upperBound + 3) & ~3 }

  var asksForDump: Bool { header.flags.isSuperset(of: .dump) }
}
