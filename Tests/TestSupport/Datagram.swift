// SPDX-License-Identifier: Apache-2.0

/// UDP datagrams, whole and in fragments, made otherwise than by the code under test.
public enum Datagram {
  /// A UDP datagram of IPv4, to 10.0.0.1 port 53, whose payload counts up.
  public static func ipv4(length: Int, identification: UInt16 = 7) -> [UInt8] {
    var bytes: [UInt8] = [
      0x45, 0x00, 0x00, 0x00, UInt8(identification >> 8), UInt8(identification & 255), 0x00, 0x00,
      0x40, 0x11, 0x00, 0x00, 0xc6, 0x33, 0x64, 0x07, 0x0a, 0x00, 0x00, 0x01,
      0x0b, 0xb8, 0x00, 0x35, 0x00, 0x00, 0x00, 0x00,
    ]
    bytes += (0..<length - bytes.count).map { UInt8(truncatingIfNeeded: $0) }
    bytes[2] = UInt8(length >> 8)
    bytes[3] = UInt8(length & 255)
    bytes[24] = UInt8((length - 20) >> 8)
    bytes[25] = UInt8((length - 20) & 255)
    bytes.finishIPv4Header()
    return bytes
  }

  /// The same payload over IPv6, to 2001:db8::1.
  public static func ipv6(length: Int) -> [UInt8] {
    let payload = ipv4(length: length - 20)[20...]
    var bytes: [UInt8] = [0x60, 0, 0, 0, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
    bytes += [0x11, 0x40, 0x20, 0x01, 0x0d, 0xb8, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]
    return bytes + [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] + payload
  }

  /// The datagram in fragments of `longest` bytes.
  public static func fragments(of datagram: [UInt8], longest: Int) -> [[UInt8]] {
    let isIPv6 = datagram[0] >> 4 == 6
    let headers = isIPv6 ? 40 : 20
    let room = (longest - headers - (isIPv6 ? 8 : 0)) / 8 * 8
    return stride(from: headers, to: datagram.count, by: room).map { start in
      let end = min(start + room, datagram.count)
      let offset = UInt16(start - headers) | (end < datagram.count ? 1 : 0)
      var fragment = Array(datagram[..<headers])
      if isIPv6 {
        fragment += [fragment[6], 0, UInt8(offset >> 8), UInt8(offset & 255), 0, 0, 0xab, 0xcd]
        fragment[6] = 44
      } else {
        let field = offset >> 3 | (offset & 1) << 13
        fragment[6] = UInt8(field >> 8)
        fragment[7] = UInt8(field & 255)
      }
      fragment += datagram[start..<end]
      let length = fragment.count - (isIPv6 ? 40 : 0)
      fragment[isIPv6 ? 4 : 2] = UInt8(length >> 8)
      fragment[isIPv6 ? 5 : 3] = UInt8(length & 255)
      if !isIPv6 { fragment.finishIPv4Header() }
      return fragment
    }
  }
}

extension [UInt8] {
  /// Computes the checksum of an IPv4 header of 20 bytes.
  public mutating func finishIPv4Header() {
    (self[10], self[11]) = (0, 0)
    var sum = stride(from: 0, to: 20, by: 2).reduce(0) { sum, index in
      sum + Int(self[index]) << 8 + Int(self[index + 1])
    }
    while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
    (self[10], self[11]) = (UInt8(~sum >> 8 & 0xff), UInt8(~sum & 0xff))
  }
}
