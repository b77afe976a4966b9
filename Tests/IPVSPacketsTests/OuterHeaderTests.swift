// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSPackets
import TestSupport
import Testing

/// Cases that the recordings lack: partial checksums, congestion, and packets that are too long.
@Suite struct OuterHeaderTests {
  private static let plain = path()

  private static func path(
    kind: UInt8 = 0, flags: UInt16 = 0, keepsDontFragment: Bool = true
  ) -> TunnelPath {
    TunnelPath(
      source: 1, kind: kind, port: 6080, flags: flags, keepsDontFragment: keepsDontFragment)
  }

  private func wrapped(
    _ packet: Packet, _ family: AddressFamily = .ipv4, _ path: TunnelPath = plain,
    _ checksum: ChecksumState = .complete
  ) throws -> Packet? {
    let header = OuterHeader(
      for: try packet.header, from: 1, to: 2, family, path, identification: 0x1234,
      checksum: checksum)
    #expect(header.length <= path.overhead(outer: family, checksum))
    var buffer = Packet([UInt8](repeating: 0xa5, count: 60) + packet.bytes)
    let end = buffer.bytes.count
    guard buffer.edit({ header.write(before: 60, end: end, in: &$0) }) else {
      #expect(buffer.bytes[..<60].allSatisfy { $0 == 0xa5 })
      return nil
    }
    #expect(buffer.bytes[..<(60 - header.length)].allSatisfy { $0 == 0xa5 })
    return Packet(Array(buffer.bytes[(60 - header.length)...]))
  }

  /// RFC 3168, section 9.1.1: CE is not copied to the outer header.
  @Test(
    arguments: [(0, 0), (1, 1), (2, 2), (3, 2), (0xb8, 0xb8), (0xff, 0xfe)] as [(UInt8, UInt8)])
  func copiesTheTrafficClass(_ inner: UInt8, _ outer: UInt8) throws {
    for packet in [
      Packet.ipv4(17, trafficClass: inner, Packet.udp()),
      .ipv6(17, trafficClass: inner, Packet.udp()),
    ] {
      #expect(try wrapped(packet, .ipv4)?.bytes[1] == outer)
      let first = try #require(try wrapped(packet, .ipv6)).bytes
      #expect(Array(first[..<4]) == Packet.big(0x6000_0000 | UInt32(outer) << 20))
    }
  }

  @Test func keepsDontFragmentWhereItIsWanted() throws {
    for (field, keeps, isSet) in [(0x4000, true, true), (0x4000, false, false), (0, true, false)]
      as [(UInt16, Bool, Bool)]
    {
      let packet = Packet.ipv4(17, fragmentation: field, Packet.udp())
      let outer = try #require(try wrapped(packet, .ipv4, Self.path(keepsDontFragment: keeps)))
      #expect(try outer.header.dontFragment == isSet)
      #expect(outer.word(at: 4) == (isSet ? 0 : 0x1234))
    }
  }

  /// A private flag, and the two offsets (draft-ietf-intarea-gue-extensions, section 5).
  @Test func leavesAPartialChecksumToTheOtherEndOfGUE() throws {
    let path = Self.path(kind: 1, flags: 2)
    #expect(path.takesPartialChecksums)
    #expect(path.overhead(outer: .ipv4, .partial) == 40)
    #expect(path.overhead(outer: .ipv6, .partial) == 60)
    for (packet, places) in [
      (Packet.ipv4(6, Packet.tcp()), [0, 20, 0, 36]), (.ipv4(17, Packet.udp()), [0, 20, 0, 26]),
      (.ipv6(6, Packet.tcp()), [0, 40, 0, 56]),
    ] as [(Packet, [UInt8])] {
      for family in [AddressFamily.ipv4, .ipv6] {
        let outer = try #require(try wrapped(packet, family, path, .partial))
        let start = try outer.header.transportOffset
        let protocolNumber: UInt8 = try packet.header.family == .ipv4 ? 4 : 41
        let gue = Array(outer.bytes[start + 8..<start + 20])
        #expect(gue == [2, protocolNumber, 0, 1, 0x80, 0, 0, 0] + places)
        #expect(Array(outer.bytes[(start + 20)...]) == packet.bytes)
        #expect(try outer == outer.checked())
      }
    }
  }

  @Test func hasNoPartialChecksumOfOtherProtocols() throws {
    let packet = Packet.ipv4(132, Packet.sctp())
    let outer = try #require(try wrapped(packet, .ipv4, Self.path(kind: 1, flags: 2), .partial))
    #expect(outer.bytes.count == packet.bytes.count + 32)
  }

  @Test(arguments: [(0, 1), (0, 2), (2, 0), (2, 1), (2, 2), (1, 0), (1, 1)] as [(UInt8, UInt16)])
  func knowsWhatCannotBeCompletedInside(_ kind: UInt8, _ flags: UInt16) {
    let path = Self.path(kind: kind, flags: flags)
    #expect(!path.takesPartialChecksums)
    #expect(path.overhead(outer: .ipv4, .partial) == path.overhead(outer: .ipv4))
  }

  @Test func givesAFlowOnePortAndFlowsMany() throws {
    var ports: Set<UInt16> = []
    for client in 0..<200 as Range<UInt32> {
      let packet = Packet.ipv4(17, from: 0x0a00_0000 + client, Packet.udp())
      let other = Packet.ipv4(17, from: 0x0a00_0000 + client, Packet.udp([1, 2, 3]))
      let path = Self.path(kind: 1)
      let port = try #require(try wrapped(packet, .ipv4, path)).header.sourcePort
      #expect(try wrapped(other, .ipv6, path)?.header.sourcePort == port)
      #expect((32_768..<60_999).contains(port))
      ports.insert(port)
    }
    #expect(ports.count > 190)
  }

  @Test func writesNothingThatIsTooLong() throws {
    for (family, longest) in [(AddressFamily.ipv4, 65_515), (.ipv6, 65_535)] {
      let fits = Packet.ipv4(17, [UInt8](repeating: 0, count: longest - 20))
      #expect(try wrapped(fits, family)?.header.length == longest + (family == .ipv4 ? 20 : 40))
      guard longest < 65_535 else { continue }
      let tooLong = Packet.ipv4(17, [UInt8](repeating: 0, count: longest - 19))
      #expect(try wrapped(tooLong, family) == nil)
    }
    let long = Packet.ipv6(17, [UInt8](repeating: 0, count: 65_535))
    #expect(try wrapped(long, .ipv6) == nil)
  }
}
