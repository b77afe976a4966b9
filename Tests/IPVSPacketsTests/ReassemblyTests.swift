// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import IPVSPackets

/// The reassembly of datagrams, and fragmenting them again.
@Suite struct ReassemblyTests {
  @Test("fragments in any order make the datagram, which is fragmented the same again")
  func anyOrder() throws {
    var random = Seed(for: "ReassemblyTests")
    for round in 0..<Seed.cases(usually: 40) { try check(isIPv6: round % 2 == 1, &random) }
  }

  private func check(isIPv6: Bool, _ random: inout Seed) throws {
    let length = Int.random(in: 200...5000, using: &random)
    let datagram =
      isIPv6
      ? Datagram.ipv6(length: length) : Datagram.ipv4(length: length)
    let fragments = Datagram.fragments(
      of: datagram, longest: .random(in: 80...190, using: &random))
    var reassembly = Reassembly(patience: 30)
    var order = fragments.shuffled(using: &random)
    // A duplicate changes nothing.
    order.insert(order[0], at: 1)
    for fragment in order.dropLast() { #expect(try reassembly.take(fragment) == nil) }
    let whole = try #require(try reassembly.take(order[order.count - 1]))
    #expect(whole.bytes == datagram)
    #expect(reassembly.count == 0 && reassembly.bytes == 0)
    #expect(whole.plan.fragments(of: whole.bytes) == fragments)
  }

  @Test("headers that change in the datagram change in all fragments")
  func rewritten() throws {
    let fragments = Datagram.fragments(of: Datagram.ipv4(length: 1000), longest: 540)
    var reassembly = Reassembly(patience: 30)
    #expect(try reassembly.take(fragments[1]) == nil)
    var whole = try #require(try reassembly.take(fragments[0]))
    whole.bytes[8] = 9
    whole.bytes[19] = 2
    for fragment in whole.plan.fragments(of: whole.bytes) {
      #expect(fragment[8] == 9 && fragment[19] == 2 && fragment[5] == 7)
      #expect(
        InternetChecksum.fold(InternetChecksum.sum(of: fragment.span.bytes, in: 0..<20)) == 0xffff)
    }
  }

  @Test("fragments of different datagrams are kept apart")
  func different() throws {
    var reassembly = Reassembly(patience: 30)
    let one = Datagram.fragments(of: Datagram.ipv4(length: 500), longest: 300)
    let other = Datagram.fragments(
      of: Datagram.ipv4(length: 500, identification: 8), longest: 300)
    #expect(try reassembly.take(one[0]) == nil)
    #expect(try reassembly.take(other[1]) == nil)
    #expect(reassembly.count == 2)
  }

  @Test("fragments that overlap, or contradict others, drop their datagram")
  func spoilt() throws {
    let datagram = Datagram.ipv4(length: 1000)
    let fragments = Datagram.fragments(of: datagram, longest: 300)
    let shifted = Datagram.fragments(of: datagram, longest: 292)
    var longer = fragments[3]
    longer[7] += 1
    longer.finishIPv4Header()
    // An overlap, a second end, and a fragment after the end.
    for wrong in [shifted[1], longer, Datagram.fragments(of: datagram, longest: 620)[0]] {
      var reassembly = Reassembly(patience: 30)
      #expect(try reassembly.take(fragments[0]) == nil)
      #expect(try reassembly.take(fragments[3]) == nil)
      #expect(try reassembly.take(wrong) == nil)
      #expect(reassembly.count == 0 && reassembly.bytes == 0)
      // The rest of it is never complete.
      #expect(try reassembly.take(fragments[1]) == nil)
      #expect(try reassembly.take(fragments[2]) == nil)
    }
  }

  @Test("a fragment that ends after 65535 bytes is refused")
  func tooLong() throws {
    var fragment = Datagram.fragments(of: Datagram.ipv4(length: 1000), longest: 540)[1]
    fragment[6] = 0x1f
    fragment[7] = 0xff
    var reassembly = Reassembly(patience: 30)
    #expect(try reassembly.take(fragment) == nil)
    #expect(reassembly.count == 0)
  }

  @Test("extension headers before the fragment header are kept, the authentication header too")
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

  @Test("datagrams expire, and the memory of all has a bound")
  func bounds() throws {
    var reassembly = Reassembly(patience: 30)
    let fragments = Datagram.fragments(of: Datagram.ipv4(length: 1000), longest: 540)
    #expect(try reassembly.take(fragments[0], at: 0) == nil)
    #expect(try reassembly.take(fragments[1], at: 30) == nil)
    for number in 0..<8000 {
      var fragment = fragments[0]
      (fragment[4], fragment[5]) = (UInt8(1 + number / 256), UInt8(number % 256))
      #expect(try reassembly.take(fragment, at: 31) == nil)
    }
    #expect(reassembly.bytes <= Reassembly.mostBytes)
    #expect(reassembly.count > 5000)
    // The last ones were kept.
    let last = Datagram.ipv4(length: 1000, identification: 256 + 7999)
    #expect(
      try reassembly.take(Datagram.fragments(of: last, longest: 540)[1], at: 31)?.bytes == last
    )
  }
}

extension Reassembly {
  /// Takes a packet.
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
