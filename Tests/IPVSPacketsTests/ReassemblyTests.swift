import TestSupport
import Testing

@testable import IPVSPackets

/// Datagrams that come in pieces.
@Suite struct ReassemblyTests {
  @Test("pieces in any order make the datagram, and it goes on in the same pieces")
  func anyOrder() throws {
    var random = Seed(for: "ReassemblyTests")
    for round in 0..<Seed.cases(usually: 40) { try check(isIPv6: round % 2 == 1, &random) }
  }

  private func check(isIPv6: Bool, _ random: inout Seed) throws {
    let length = Int.random(in: 200...5000, using: &random)
    let datagram =
      isIPv6
      ? Datagram.ipv6(length: length) : Datagram.ipv4(length: length)
    let pieces = Datagram.fragments(
      of: datagram, longest: .random(in: 80...190, using: &random))
    var reassembly = Reassembly(patience: 30)
    var order = pieces.shuffled(using: &random)
    // One that comes twice changes nothing.
    order.insert(order[0], at: 1)
    for piece in order.dropLast() { #expect(try reassembly.take(piece) == nil) }
    let whole = try #require(try reassembly.take(order[order.count - 1]))
    #expect(whole.bytes == datagram)
    #expect(reassembly.count == 0 && reassembly.bytes == 0)
    #expect(whole.plan.fragments(of: whole.bytes) == pieces)
  }

  @Test("headers that are changed in the whole are changed in all pieces")
  func rewritten() throws {
    let pieces = Datagram.fragments(of: Datagram.ipv4(length: 1000), longest: 540)
    var reassembly = Reassembly(patience: 30)
    #expect(try reassembly.take(pieces[1]) == nil)
    var whole = try #require(try reassembly.take(pieces[0]))
    whole.bytes[8] = 9
    whole.bytes[19] = 2
    for piece in whole.plan.fragments(of: whole.bytes) {
      #expect(piece[8] == 9 && piece[19] == 2 && piece[5] == 7)
      #expect(
        InternetChecksum.fold(InternetChecksum.sum(of: piece.span.bytes, in: 0..<20)) == 0xffff)
    }
  }

  @Test("pieces of different datagrams do not go together")
  func different() throws {
    var reassembly = Reassembly(patience: 30)
    let one = Datagram.fragments(of: Datagram.ipv4(length: 500), longest: 300)
    let other = Datagram.fragments(
      of: Datagram.ipv4(length: 500, identification: 8), longest: 300)
    #expect(try reassembly.take(one[0]) == nil)
    #expect(try reassembly.take(other[1]) == nil)
    #expect(reassembly.count == 2)
  }

  @Test("pieces that overlap, or cannot be, spoil their datagram")
  func spoilt() throws {
    let datagram = Datagram.ipv4(length: 1000)
    let pieces = Datagram.fragments(of: datagram, longest: 300)
    let shifted = Datagram.fragments(of: datagram, longest: 292)
    var longer = pieces[3]
    longer[7] += 1
    longer.finishIPv4Header()
    // An overlap, a second end, and a piece behind the end.
    for wrong in [shifted[1], longer, Datagram.fragments(of: datagram, longest: 620)[0]] {
      var reassembly = Reassembly(patience: 30)
      #expect(try reassembly.take(pieces[0]) == nil)
      #expect(try reassembly.take(pieces[3]) == nil)
      #expect(try reassembly.take(wrong) == nil)
      #expect(reassembly.count == 0 && reassembly.bytes == 0)
      // What is left of it never becomes whole.
      #expect(try reassembly.take(pieces[1]) == nil)
      #expect(try reassembly.take(pieces[2]) == nil)
    }
  }

  @Test("a piece that would end behind 65535 bytes is refused")
  func tooLong() throws {
    var piece = Datagram.fragments(of: Datagram.ipv4(length: 1000), longest: 540)[1]
    piece[6] = 0x1f
    piece[7] = 0xff
    var reassembly = Reassembly(patience: 30)
    #expect(try reassembly.take(piece) == nil)
    #expect(reassembly.count == 0)
  }

  @Test("extension headers before the fragment header stay, be it the authentication header")
  func extensionHeaders() throws {
    let payload = Packet.udp((0..<100).map { UInt8($0) })
    let chain: [(number: UInt8, rest: [UInt8])] = [
      (60, [0, 1, 4, 0, 0, 0, 0]), (51, [4] + [UInt8](repeating: 7, count: 22)),
    ]
    let fragments = [(0..<64, 1), (64..<108, 64)].map { range, field in
      Packet.ipv6(
        17, extensions: chain + [(44, [0, 0, UInt8(field), 0, 0, 0, 9])], Array(payload[range]))
    }
    let datagram = Packet.ipv6(17, extensions: chain, payload).bytes
    for order in [fragments, fragments.reversed()] {
      var reassembly = Reassembly(patience: 30)
      #expect(try reassembly.take(order[0].bytes) == nil)
      let whole = try #require(try reassembly.take(order[1].bytes))
      #expect(whole.bytes == datagram)
      #expect(whole.plan.fragments(of: datagram) == fragments.map(\.bytes))
    }
  }

  @Test("what waits for too long is forgotten, and the memory of all has a bound")
  func bounds() throws {
    var reassembly = Reassembly(patience: 30)
    let pieces = Datagram.fragments(of: Datagram.ipv4(length: 1000), longest: 540)
    #expect(try reassembly.take(pieces[0], at: 0) == nil)
    #expect(try reassembly.take(pieces[1], at: 30) == nil)
    for number in 0..<8000 {
      var piece = pieces[0]
      (piece[4], piece[5]) = (UInt8(1 + number / 256), UInt8(number % 256))
      #expect(try reassembly.take(piece, at: 31) == nil)
    }
    #expect(reassembly.bytes <= Reassembly.mostBytes)
    #expect(reassembly.count > 5000)
    // The last ones are still there.
    let last = Datagram.ipv4(length: 1000, identification: 256 + 7999)
    #expect(
      try reassembly.take(Datagram.fragments(of: last, longest: 540)[1], at: 31)?.bytes == last
    )
  }
}

extension Reassembly {
  /// Takes a packet as it comes.
  mutating func take(_ packet: [UInt8], at now: UInt64 = 0) throws -> Whole? {
    let header = try PacketHeader(reading: packet.span.bytes)
    let info = FragmentInfo(header, in: packet.span.bytes)
    return take(try #require(info), header, of: packet.span.bytes, at: now)
  }
}

extension FragmentPlan {
  /// All fragments of a datagram.
  func fragments(of datagram: [UInt8]) -> [[UInt8]] {
    var fragments: [[UInt8]] = []
    var start = headers
    var memory = [UInt8](repeating: 0xee, count: 65_535)
    while true {
      let length = memory.withUnsafeMutableBytes { bytes in
        var output = bytes.mutableBytes
        return next(&start, of: datagram.span.bytes, into: &output)
      }
      guard let length else { return fragments }
      fragments.append(Array(memory[..<length]))
    }
  }
}
