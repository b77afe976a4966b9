import IPVSAddresses
import IPVSBalancing
import IPVSPackets
import IPVSText
import TestSupport
import Testing

@testable import IPVSForwarding

/// What does not fit the way to a server, and what came in pieces: each case was seen of the kernel beside
/// the engine (Tests/Lab/truth/wandering.py, `squeeze`).
@Suite struct NarrowWayTests {
  private static let masquerading = ServerSettings(forwarding: 0)
  private static let directRouting = ServerSettings(forwarding: 3)

  private static func tunnel(kind: UInt8) -> ServerSettings {
    ServerSettings(forwarding: 2, tunnelKind: kind, tunnelPort: 6080)
  }

  /// What is sent of packets that come one after the other.
  private func pass(
    _ packets: [[UInt8]], to server: ServerSettings, mtu: Int
  ) throws -> [[UInt8]] {
    var director = TestDirector(try Site.balancer(server))
    var port = ArrayPort(packets)
    director.turn(&port, mtu: mtu)
    return port.sent.map(\.bytes)
  }

  @Test("to a neighbour, a packet that may be cut is cut")
  func directRouting() throws {
    let packet = Datagram.ipv4(length: 1480)
    let sent = try pass([packet], to: Self.directRouting, mtu: 600)
    #expect(sent.map(\.count) == [596, 596, 328])
    #expect(sent.flatMap { $0[20...] } == Array(packet[20...]))
  }

  @Test("pieces are no longer than those that came, nor than the way takes")
  func pieces() throws {
    let packets = Datagram.fragments(of: Datagram.ipv4(length: 1480), longest: 820)
    for server in [Self.masquerading, Self.directRouting] {
      #expect(try pass(packets, to: server, mtu: 1500).map(\.count) == [820, 680])
      #expect(try pass(packets, to: server, mtu: 600).map(\.count) == [596, 596, 328])
    }
    let wrapped = try pass(packets, to: Self.tunnel(kind: 0), mtu: 1500)
    #expect(wrapped.map(\.count) == [820, 700])
  }

  @Test("of an IPv6 datagram in pieces, only they must fit the way")
  func piecesOfIPv6() throws {
    let packets = Datagram.fragments(of: Datagram.ipv6(length: 3000), longest: 1288)
    for server in [Self.masquerading, Self.directRouting] {
      #expect(try pass(packets, to: server, mtu: 1288).map(\.count) == [1288, 1288, 528])
      let refused = try pass(packets, to: server, mtu: 1287)
      #expect(refused.count == 1 && refused[0][6] == 58 && refused[0][40] == 2)
    }
  }

  /// Lengths of the pieces that a tunnel of IPv6 sends; the first has the headers of the datagram, too.
  @Test(
    "in a tunnel of IPv6 the pieces stay as they came, if the first with the headers makes one",
    arguments: [
      (kind: 0 as UInt8, longest: 848, [888, 848, 848, 648]),
      // Behind GUE, 12 bytes, the first piece would not end at a multiple of 8.
      (1, 848, [1280, 1280, 636]),
      // Longer than a piece of IPv6 ever need be.
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
