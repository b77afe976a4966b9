extension ErrorMessage {
  private static let endOfList: UInt8 = 0
  private static let noOperation: UInt8 = 1
  private static let recordRoute: UInt8 = 7

  /// The options of an error about a packet of IPv4: the route that the packet recorded goes on
  /// recording (RFC 1122, section 3.2.2.6; `__ip_options_echo` of Linux), first with the source of
  /// the error. Whole words; empty where there are none to repeat, or none that can be read.
  static func options(
    about header: PacketHeader, in packet: RawSpan, from source: UInt128
  ) -> [UInt8] {
    var place = 20
    while place < header.transportOffset {
      let kind = packet.raw(UInt8.self, at: place)
      if kind == endOfList { return [] }
      if kind == noOperation {
        place += 1
        continue
      }
      guard place + 2 <= header.transportOffset else { return [] }
      let length = Int(packet.raw(UInt8.self, at: place + 1))
      guard length >= 2, place + length <= header.transportOffset else { return [] }
      if kind == recordRoute {
        return route((place..<place + length).map { packet.raw(UInt8.self, at: $0) }, source)
      }
      place += length
    }
    return []
  }

  /// A recorded route with one address more, if there is room.
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
