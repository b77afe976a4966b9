// SPDX-License-Identifier: Apache-2.0

/// What the kernel does with fragments around IPVS: datagrams come together before, and go apart after
/// it, no piece longer than the longest that came.
struct FragmentStore {
  private struct Name: Hashable {
    let addresses: [UInt8]
    let identification: [UInt8]
  }

  private struct Piece {
    let offset: Int
    let data: [UInt8]
    let isLast: Bool
    let head: [UInt8]
    let length: Int
  }

  private var waiting: [Name: [Piece]] = [:]

  /// The offset of the fragmentation fields; nil if the packet is whole.
  private static func layout(_ packet: [UInt8]) -> (Name, Piece)? {
    if packet[0] >> 4 == 4 {
      let field = Int(packet[6]) << 8 | Int(packet[7])
      guard field & 0x3fff != 0 else { return nil }
      let head = Int(packet[0] & 15) * 4
      return (
        Name(addresses: Array(packet[12..<20]), identification: Array(packet[4..<6])),
        Piece(
          offset: (field & 0x1fff) * 8, data: Array(packet[head...]), isLast: field & 0x2000 == 0,
          head: Array(packet[..<head]), length: packet.count)
      )
    }
    guard packet[6] == 44 else { return nil }
    let field = Int(packet[42]) << 8 | Int(packet[43])
    var head = Array(packet[..<40])
    head[6] = packet[40]
    return (
      Name(addresses: Array(packet[8..<40]), identification: Array(packet[44..<48])),
      Piece(
        offset: field & 0xfff8, data: Array(packet[48...]), isLast: field & 1 == 0, head: head,
        length: packet.count)
    )
  }

  /// The whole datagram once its last piece is there, and the length of its longest piece.
  mutating func gather(_ packet: [UInt8]) -> (bytes: [UInt8], largest: Int?)? {
    guard let (name, piece) = Self.layout(packet) else { return (packet, nil) }
    waiting[name, default: []].append(piece)
    let pieces = waiting[name, default: []].sorted { $0.offset < $1.offset }
    var data: [UInt8] = []
    for piece in pieces {
      guard piece.offset == data.count else { return nil }
      data += piece.data
    }
    guard pieces.last?.isLast == true, let first = pieces.first else { return nil }
    waiting[name] = nil
    var bytes = first.head + data
    if bytes[0] >> 4 == 4 {
      bytes[2...3] = [UInt8(bytes.count >> 8), UInt8(bytes.count & 0xff)]
      bytes[6...7] = [0, 0]
      Self.sum(&bytes)
    } else {
      bytes[4...5] = [UInt8(data.count >> 8), UInt8(data.count & 0xff)]
    }
    return (bytes, pieces.map(\.length).max())
  }

  /// The packet in pieces none of which is longer than `size`.
  static func cut(_ packet: [UInt8], to size: Int) -> [[UInt8]] {
    guard packet.count > size else { return [packet] }
    let isIPv4 = packet[0] >> 4 == 4
    let head = isIPv4 ? Int(packet[0] & 15) * 4 : 40
    let room = (size - head - (isIPv4 ? 0 : 8)) & ~7
    return stride(from: head, to: packet.count, by: room).map { start in
      let end = min(start + room, packet.count)
      let field = (start - head) | (end < packet.count ? 1 : 0)
      var piece = Array(packet[..<head])
      if isIPv4 {
        let flags = field / 8 | (field & 1) << 13
        piece[6...7] = [UInt8(flags >> 8), UInt8(flags & 0xff)]
        let length = head + end - start
        piece[2...3] = [UInt8(length >> 8), UInt8(length & 0xff)]
        sum(&piece)
      } else {
        piece += [packet[6], 0, UInt8(field >> 8), UInt8(field & 0xff), 0, 0, 0, 0]
        piece[6] = 44
        let length = 8 + end - start
        piece[4...5] = [UInt8(length >> 8), UInt8(length & 0xff)]
      }
      return piece + packet[start..<end]
    }
  }

  private static func sum(_ bytes: inout [UInt8]) {
    bytes[10...11] = [0, 0]
    let length = Int(bytes[0] & 15) * 4
    var sum = stride(from: 0, to: length, by: 2).reduce(0) {
      $0 + Int(bytes[$1]) << 8 + Int(bytes[$1 + 1])
    }
    while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
    bytes[10...11] = [UInt8(~sum >> 8 & 0xff), UInt8(~sum & 0xff)]
  }
}
