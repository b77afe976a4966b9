// SPDX-License-Identifier: Apache-2.0

extension ErrorMessage {
  private static let endOfList: UInt8 = 0
  private static let noOperation: UInt8 = 1
  private static let recordRoute: UInt8 = 7

  /// The IP options of an error about a packet of IPv4: a recorded route is repeated, with the source of
  /// the error appended (RFC 1122, section 3.2.2.6; `__ip_options_echo` of Linux).
  ///
  /// - Returns: A multiple of four bytes; none if the packet records no route, or its options are
  ///   malformed.
  static func options(
    about header: PacketHeader, in packet: RawSpan, from source: UInt128
  ) -> [UInt8] {
    var offset = 20
    while offset < header.transportOffset {
      let kind = packet.raw(UInt8.self, at: offset)
      if kind == endOfList { return [] }
      if kind == noOperation {
        offset += 1
        continue
      }
      guard offset + 2 <= header.transportOffset else { return [] }
      let length = Int(packet.raw(UInt8.self, at: offset + 1))
      guard length >= 2, offset + length <= header.transportOffset else { return [] }
      if kind == recordRoute {
        return route((offset..<offset + length).map { packet.raw(UInt8.self, at: $0) }, source)
      }
      offset += length
    }
    return []
  }

  /// Appends an address to a recorded route, if there is room.
  private static func route(_ option: [UInt8], _ address: UInt128) -> [UInt8] {
    guard option.count >= 3, option[2] >= 4 else { return [] }
    var option = option
    let next = Int(option[2])
    if next <= option.count {
      guard next + 3 <= option.count else { return [] }
      option[2] += 4
      for byte in 0..<4 {
        option[next - 1 + byte] = UInt8(truncatingIfNeeded: address >> UInt128(24 - 8 * byte))
      }
    }
    return option + [UInt8](repeating: endOfList, count: -option.count & 3)
  }
}
