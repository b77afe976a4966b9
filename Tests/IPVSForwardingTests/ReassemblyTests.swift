import IPVSAddresses
import IPVSBalancing
import IPVSPackets
import TestSupport
import Testing

@testable import IPVSForwarding

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
      ? PacketSamples.datagram6(length: length) : PacketSamples.datagram(length: length)
    let pieces = PacketSamples.fragments(
      of: datagram, longest: .random(in: 80...190, using: &random))
    var reassembly = Reassembly()
    var order = pieces.shuffled(using: &random)
    // One that comes twice changes nothing.
    order.insert(order[0], at: 1)
    for piece in order.dropLast() { #expect(try reassembly.take(piece) == nil) }
    let whole = try #require(try reassembly.take(order[order.count - 1]))
    #expect(whole.bytes == datagram)
    #expect(reassembly.count == 0 && reassembly.bytes == 0)
    var again: [[UInt8]] = []
    whole.plan.forEachPiece(of: whole.bytes.span.bytes) { again.append($0) }
    #expect(again == pieces)
  }

  @Test("headers that are changed in the whole are changed in all pieces")
  func rewritten() throws {
    let pieces = PacketSamples.fragments(of: PacketSamples.datagram(length: 1000), longest: 540)
    var reassembly = Reassembly()
    #expect(try reassembly.take(pieces[1]) == nil)
    var whole = try #require(try reassembly.take(pieces[0]))
    whole.bytes[8] = 9
    whole.bytes[19] = 2
    whole.plan.forEachPiece(of: whole.bytes.span.bytes) { piece in
      #expect(piece[8] == 9 && piece[19] == 2 && piece[5] == 7)
      #expect(
        InternetChecksum.fold(InternetChecksum.sum(of: piece.span.bytes, in: 0..<20)) == 0xffff)
    }
  }

  @Test("pieces of different datagrams do not go together")
  func different() throws {
    var reassembly = Reassembly()
    let one = PacketSamples.fragments(of: PacketSamples.datagram(length: 500), longest: 300)
    let other = PacketSamples.fragments(
      of: PacketSamples.datagram(length: 500, identification: 8), longest: 300)
    #expect(try reassembly.take(one[0]) == nil)
    #expect(try reassembly.take(other[1]) == nil)
    #expect(reassembly.count == 2)
  }

  @Test("pieces that overlap, or cannot be, spoil their datagram")
  func spoilt() throws {
    let datagram = PacketSamples.datagram(length: 1000)
    let pieces = PacketSamples.fragments(of: datagram, longest: 300)
    let shifted = PacketSamples.fragments(of: datagram, longest: 292)
    var longer = pieces[3]
    longer[7] += 1
    longer.change(0..<20) { $0.finishIPv4Header(length: 20) }
    // An overlap, a second end, and a piece behind the end.
    for wrong in [shifted[1], longer, PacketSamples.fragments(of: datagram, longest: 620)[0]] {
      var reassembly = Reassembly()
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
    var piece = PacketSamples.fragments(of: PacketSamples.datagram(length: 1000), longest: 540)[1]
    piece[6] = 0x1f
    piece[7] = 0xff
    var reassembly = Reassembly()
    #expect(try reassembly.take(piece) == nil)
    #expect(reassembly.count == 0)
  }

  @Test("what waits for too long is forgotten, and the memory of all has a bound")
  func bounds() throws {
    var reassembly = Reassembly()
    let pieces = PacketSamples.fragments(of: PacketSamples.datagram(length: 1000), longest: 540)
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
    let last = PacketSamples.datagram(length: 1000, identification: 256 + 7999)
    #expect(
      try reassembly.take(PacketSamples.fragments(of: last, longest: 540)[1], at: 31)?.bytes == last
    )
  }
}
