// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSBalancing
import IPVSPackets
import TestSupport

/// Packets by chance: of all protocols that a director knows and some that it does not, right and wrong
/// in every field, among few hosts, so that they meet.
struct PacketGrammar {
  var seed: Seed

  /// Packets that a real kernel was sent.
  private static let recorded = RecordingFolder.load("nat", as: RecordedPackets.self)
    .flatMap(\.content.steps).compactMap(\.packet).compactMap(Hex.bytes)

  private struct RecordedPackets: Decodable {
    let steps: [Step]

    struct Step: Decodable {
      let packet: String?

      enum CodingKeys: String, CodingKey {
        case packet = "in_hex"
      }
    }
  }

  /// What met a connection lately; those of long ago have ended, as time leaps.
  private var known: [[UInt8]] = []
  private static let memory = 16

  private static let hosts: [UInt8] = [1, 2, 3, 4, 5, 250]
  private static let ports: [UInt16] = [0, 20, 21, 53, 80, 80, 443, 500, 1024, 1025, 65_535]
  private static let transports: [UInt8] = [
    6, 6, 6, 6, 17, 17, 17, 132, 132, 1, 1, 58, 50, 51, 4, 47,
  ]

  init(seed: Seed) {
    self.seed = seed
  }

  private mutating func pick<Value>(_ values: [Value]) -> Value {
    values[Int.random(in: 0..<values.count, using: &seed)]
  }

  private mutating func chance(_ percent: Int) -> Bool {
    Int.random(in: 0..<100, using: &seed) < percent
  }

  mutating func packet() -> [UInt8] {
    let packet =
      chance(20) ? pick(Self.recorded) : chance(40) && !known.isEmpty ? pick(known) : made(depth: 0)
    return chance(25) ? seed.injured(packet) : packet
  }

  /// A packet that would come to a service, were it not for what is wrong with some of them. That of a
  /// service by mark may go to any address.
  mutating func packet(to service: ServiceKey) -> [UInt8] {
    let isIPv6 = service.family == .ipv6
    let transport = UInt8(truncatingIfNeeded: service.transport)
    let port = service.mark == 0 && service.port != 0 ? service.port : pick(Self.ports)
    let body = body(transport, isIPv6: isIPv6, depth: 0, target: port)
    var packet = isIPv6 ? ipv6(transport, body) : ipv4(transport, body)
    if service.mark == 0 {
      let positions = isIPv6 ? 24..<40 : 16..<20
      for (position, number) in zip(positions.reversed(), 0...) {
        packet[position] = UInt8(truncatingIfNeeded: service.address >> (8 * number))
      }
    }
    return chance(10) ? seed.injured(packet) : packet
  }

  /// Takes note of a packet that went to a server: the client may send the like again, and the server
  /// may answer.
  mutating func note(sent: [UInt8], for packet: [UInt8]) {
    for one in [packet, Self.answer(to: sent)] {
      if known.count == Self.memory { known.removeFirst() }
      known.append(one)
    }
  }

  /// What a router says that refuses a packet of IPv4.
  mutating func refusal(of packet: [UInt8]) -> [UInt8] {
    var message: [UInt8] = [pick([3, 3, 4, 11]), pick([0, 1, 4, 4]), 0, 0, 0, 0]
    message += Self.bytes(pick([0, 68, 551, 552, 1400, 65_535]))
    message += packet.prefix(pick([28, 40, 48, 60, 200, 65_507]))
    let sum = ~InternetChecksum.fold(
      InternetChecksum.sum(of: message.span.bytes, in: 0..<message.count))
    withUnsafeBytes(of: sum) { message.replaceSubrange(2..<4, with: $0) }
    let error = ipv4(1, message)
    return chance(10) ? seed.injured(error) : error
  }

  /// The packet with its ends exchanged, if it has its ports behind the first header.
  private static func answer(to packet: [UInt8]) -> [UInt8] {
    var packet = packet
    let isIPv6 = packet[0] >> 4 == 6
    let size = isIPv6 ? 16 : 4
    let start = isIPv6 ? 8 : 12
    let ports = isIPv6 ? 40 : Int(packet[0] & 15) * 4
    exchange(&packet, start, start + size, size)
    if packet.count >= ports + 4 { exchange(&packet, ports, ports + 2, 2) }
    return packet
  }

  private static func exchange(_ bytes: inout [UInt8], _ one: Int, _ other: Int, _ count: Int) {
    for offset in 0..<count { bytes.swapAt(one + offset, other + offset) }
  }

  private mutating func made(depth: Int) -> [UInt8] {
    let isIPv6 = chance(35)
    var transport = pick(Self.transports)
    if transport == 1 || transport == 58 { transport = isIPv6 ? 58 : 1 }
    let body = body(transport, isIPv6: isIPv6, depth: depth)
    return isIPv6 ? ipv6(transport, body) : ipv4(transport, body)
  }

  private mutating func ipv4(_ transport: UInt8, _ body: [UInt8]) -> [UInt8] {
    let options = chance(10) ? seed.bytes(4 * Int.random(in: 1...10, using: &seed)) : []
    let length = UInt16(truncatingIfNeeded: 20 + options.count + body.count)
    var head: [UInt8] = [0x45 + UInt8(options.count / 4), pick([0, 0x10, 0xff])]
    head += Self.bytes(length) + seed.bytes(2)
    head +=
      chance(10) ? Self.bytes(pick([0x2000, 0x0001, 0x2001, 0x1fff])) : [pick([0, 0x40]), 0]
    head += [pick([0, 1, 2, 64, 255]), transport, 0, 0] + address4() + address4() + options
    return head + body
  }

  private mutating func address4() -> [UInt8] {
    [10, pick([0, 0, 1, 2]), 0, pick(Self.hosts)]
  }

  private mutating func ipv6(_ transport: UInt8, _ body: [UInt8]) -> [UInt8] {
    var next = transport
    var body = body
    while chance(15) {
      let kind = pick([0, 43, 44, 51, 60] as [UInt8])
      let words = kind == 44 ? 0 : Int.random(in: 0...2, using: &seed)
      body = [next, UInt8(words)] + seed.bytes(words * 8 + 6) + body
      next = kind
    }
    let length = Self.bytes(UInt16(truncatingIfNeeded: body.count))
    return [0x60, 0, 0, 0] + length + [next, pick([0, 1, 64])] + address6() + address6() + body
  }

  private mutating func address6() -> [UInt8] {
    [0x20, 0x01, 0x0d, 0xb8, 0, pick([0, 0, 1, 2])] + [UInt8](repeating: 0, count: 9)
      + [pick(Self.hosts)]
  }

  private mutating func body(
    _ transport: UInt8, isIPv6: Bool, depth: Int, target: UInt16? = nil
  ) -> [UInt8] {
    let payload = seed.bytes(pick([0, 1, 7, 60, 1400]))
    let ends = Self.bytes(pick(Self.ports)) + Self.bytes(target ?? pick(Self.ports))
    switch transport {
    case 6:
      let any = pick([0x02, 0x02, 0x02, 0x12, 0x10, 0x18, 0x11, 0x04, 0x00, 0xff] as [UInt8])
      let flags = target != nil && chance(60) ? 0x02 : any
      return ends + seed.bytes(8) + [0x50, flags] + seed.bytes(6) + payload
    case 17:
      return ends + Self.bytes(UInt16(8 + payload.count)) + pick([[0, 0], [1, 2]]) + payload
    case 132:
      let chunk = pick([0, 1, 1, 2, 3, 6, 7, 8, 10, 11, 14, 255] as [UInt8])
      return ends + seed.bytes(8) + [chunk, 0] + Self.bytes(pick([0, 3, 4, 8, 9999])) + payload
    case 1, 58:
      let kind = isIPv6 ? pick([1, 2, 3, 4, 128, 129] as [UInt8]) : pick([0, 3, 4, 5, 8, 11, 12])
      let quoted = depth < 2 ? made(depth: depth + 1) : []
      let kept = pick([0, 4, 20, 24, 28, 40, 44, 48, 60, 200])
      return [kind, pick([0, 1, 3, 4])] + seed.bytes(6) + quoted.prefix(kept)
    default: return payload
    }
  }

  private static func bytes(_ number: UInt16) -> [UInt8] {
    [UInt8(number >> 8), UInt8(number & 0xff)]
  }
}
