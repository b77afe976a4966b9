// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSBalancing
import IPVSPackets
import IPVSText
import TestSupport
import Testing

@testable import IPVSForwarding

/// Packets that are longer than the MTU of their route, and fragments. The kernel was seen to do the same
/// in each case (Tests/Lab/differential/wandering.py, `squeeze`).
@Suite struct MTUTests {
  private static let masquerading = ServerSettings(forwarding: 0)
  private static let directRouting = ServerSettings(forwarding: 3)

  private static func tunnel(kind: UInt8) -> ServerSettings {
    ServerSettings(forwarding: 2, tunnelKind: kind, tunnelPort: 6080)
  }

  /// What is sent for packets that are received one after the other.
  private func pass(
    _ packets: [[UInt8]], to server: ServerSettings, mtu: Int
  ) throws -> [[UInt8]] {
    var director = TestDirector(try Site.balancer(server))
    var port = ArrayPort(packets)
    director.turn(&port, mtu: mtu)
    return port.sent.map(\.bytes)
  }

  @Test("direct routing fragments a packet without DF")
  func directRouting() throws {
    let packet = Datagram.ipv4(length: 1480)
    let sent = try pass([packet], to: Self.directRouting, mtu: 600)
    #expect(sent.map(\.count) == [596, 596, 328])
    #expect(sent.flatMap { $0[20...] } == Array(packet[20...]))
  }

  @Test("fragments are no longer than those received, nor than the MTU")
  func fragments() throws {
    let packets = Datagram.fragments(of: Datagram.ipv4(length: 1480), longest: 820)
    for server in [Self.masquerading, Self.directRouting] {
      #expect(try pass(packets, to: server, mtu: 1500).map(\.count) == [820, 680])
      #expect(try pass(packets, to: server, mtu: 600).map(\.count) == [596, 596, 328])
    }
    let wrapped = try pass(packets, to: Self.tunnel(kind: 0), mtu: 1500)
    #expect(wrapped.map(\.count) == [820, 700])
  }

  @Test("of an IPv6 datagram in fragments, only they must fit the MTU")
  func fragmentsOfIPv6() throws {
    let packets = Datagram.fragments(of: Datagram.ipv6(length: 3000), longest: 1288)
    for server in [Self.masquerading, Self.directRouting] {
      #expect(try pass(packets, to: server, mtu: 1288).map(\.count) == [1288, 1288, 528])
      let refused = try pass(packets, to: server, mtu: 1287)
      #expect(refused.count == 1 && refused[0][6] == 58 && refused[0][40] == 2)
    }
  }

  /// Lengths of the fragments that a tunnel of IPv6 sends; the first has the headers of the datagram, too.
  @Test(
    "in a tunnel of IPv6 fragments stay as received, if the first one with the headers makes one",
    arguments: [
      (kind: 0 as UInt8, longest: 848, [888, 848, 848, 648]),
      // With the 12 bytes of GUE the first fragment would not end at a multiple of 8.
      (1, 848, [1280, 1280, 636]),
      // Longer than the least MTU of IPv6.
      (0, 1248, [1280, 1280, 624]),
      (0, 1288, [1288, 1288, 608]),
    ])
  func tunnelsOfIPv6(kind: UInt8, longest: Int, lengths: [Int]) throws {
    let datagram = Datagram.ipv6(length: 3040)
    let packets = Datagram.fragments(of: datagram, longest: longest)
    let sent = try pass(packets, to: Self.tunnel(kind: kind), mtu: 1500)
    #expect(sent.map(\.count) == lengths)
    #expect(sent.allSatisfy { $0[6] == 44 && $0[44..<48] == sent[0][44..<48] })
    let whole = sent.flatMap { $0[48...] }
    #expect(whole.suffix(datagram.count - 48) == datagram[48...])
  }
}
