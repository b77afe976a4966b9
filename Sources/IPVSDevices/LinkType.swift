// SPDX-License-Identifier: Apache-2.0

/// A link-layer header type of captures (pcap(3)).
struct LinkType {
  let number: UInt32

  /// The bytes before the packet.
  let headerLength: Int

  /// The offset of the EtherType in the header; nil if there is none, and the version of the IP packet
  /// tells.
  let etherTypeOffset: Int?

  /// The types that carry IP and are common, by their numbers in `pcap-linktype`(7).
  private static let all = [
    LinkType(number: 0, headerLength: 4, etherTypeOffset: nil),  // NULL
    LinkType(number: 1, headerLength: 14, etherTypeOffset: 12),  // EN10MB
    LinkType(number: 12, headerLength: 0, etherTypeOffset: nil),  // RAW, as some systems number it
    LinkType(number: 101, headerLength: 0, etherTypeOffset: nil),  // RAW
    LinkType(number: 108, headerLength: 4, etherTypeOffset: nil),  // LOOP
    LinkType(number: 113, headerLength: 16, etherTypeOffset: 14),  // LINUX_SLL
    LinkType(number: 228, headerLength: 0, etherTypeOffset: nil),  // IPV4
    LinkType(number: 229, headerLength: 0, etherTypeOffset: nil),  // IPV6
    LinkType(number: 276, headerLength: 20, etherTypeOffset: 0),  // LINUX_SLL2
  ]

  static let raw: UInt32 = 101

  static subscript(_ number: UInt32) -> LinkType? { all.first { $0.number == number } }

  /// The offset of the IP packet in a frame; nil if the frame holds none.
  func packetStart(in frame: RawSpan) -> Int? {
    var start = headerLength
    guard let etherTypeOffset else { return frame.byteCount > start ? start : nil }
    guard frame.byteCount > headerLength else { return nil }
    var type = etherType(in: frame, at: etherTypeOffset)
    // A VLAN tag moves the type by four bytes (IEEE 802.1Q).
    while number == 1, type == 0x8100 || type == 0x88a8, frame.byteCount > start + 4 {
      type = etherType(in: frame, at: start + 2)
      start += 4
    }
    return type == 0x0800 || type == 0x86dd ? start : nil
  }

  private func etherType(in frame: RawSpan, at offset: Int) -> UInt16 {
    UInt16(bigEndian: frame.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt16.self))
  }
}
