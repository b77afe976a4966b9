// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSPackets
import TestSupport
import Testing

/// Outer headers that ICMP errors quote. Which of them the kernel reads is recorded in
/// `Tests/Recordings/walks`.
@Suite struct QuotedTunnelTests {
  private static let inner = Packet.ipv4(6, Packet.tcp([1, 2, 3]))
  private static let gue: [UInt8] = [0x80, 0, 0x17, 0xc0, 0, 0, 0, 0, 0, 4, 0, 0]

  struct Row: CustomTestStringConvertible {
    let testDescription: String
    let transport: UInt8
    let layer: [UInt8]
    var outerOptions: [UInt8] = []
    var fragmentation: UInt16 = 0

    /// `IP_VS_CONN_F_TUNNEL_TYPE_*`; nil if it must not be read.
    let kind: UInt8?
  }

  static let rows: [Row] = [
    Row(testDescription: "ipip", transport: 4, layer: [], kind: 0),
    Row(
      testDescription: "outer options", transport: 4, layer: [], outerOptions: [1, 1, 1, 0], kind: 0
    ),
    Row(testDescription: "a first piece", transport: 4, layer: [], fragmentation: 0x2000, kind: 0),
    Row(testDescription: "a later piece", transport: 4, layer: [], fragmentation: 1, kind: nil),
    Row(testDescription: "IPv6 inside", transport: 41, layer: [], kind: nil),
    Row(testDescription: "TCP", transport: 6, layer: [], kind: nil),
    Row(testDescription: "gue", transport: 17, layer: gue, kind: 1),
    Row(
      testDescription: "gue with fields", transport: 17,
      layer: gue[..<8] + [2] + gue[9...] + [UInt8](repeating: 0, count: 8), kind: 1),
    Row(
      testDescription: "gue of another version", transport: 17,
      layer: gue[..<8] + [0x40] + gue[9...],
      kind: nil),
    Row(
      testDescription: "a control message", transport: 17, layer: gue[..<8] + [0x20] + gue[9...],
      kind: nil),
    Row(
      testDescription: "gue with IPv6 inside", transport: 17, layer: gue[..<9] + [41, 0, 0],
      kind: nil),
    Row(testDescription: "gre", transport: 47, layer: [0, 0, 8, 0], kind: 2),
    Row(
      testDescription: "gre with a sum", transport: 47, layer: [0x80, 0, 8, 0, 1, 2, 0, 0], kind: 2),
    Row(
      testDescription: "gre with a key", transport: 47, layer: [0x20, 0, 8, 0, 1, 2, 0, 0],
      kind: nil),
    Row(testDescription: "gre of another version", transport: 47, layer: [0, 1, 8, 0], kind: nil),
    Row(
      testDescription: "gre with IPv6 inside", transport: 47, layer: [0, 0, 0x86, 0xdd], kind: nil),
  ]

  static func outer(_ row: Row) -> Packet {
    .ipv4(
      row.transport, options: row.outerOptions, fragmentation: row.fragmentation,
      row.layer + inner.bytes)
  }

  private func tunnel(in outer: [UInt8]) throws -> QuotedTunnel? {
    let packet = Packet.ipv4(1, Packet.icmp(3, about: outer))
    let message = try #require(try packet.error)
    return QuotedTunnel(in: message, packet.bytes.span.bytes, try packet.header)
  }

  @Test(arguments: rows)
  func readsWhatIsInside(_ row: Row) throws {
    let tunnel = try tunnel(in: Self.outer(row).bytes)
    #expect(tunnel?.kind == row.kind)
    guard let tunnel else { return }
    #expect(tunnel.port == (row.kind == 1 ? 6080 : 0))
    #expect(tunnel.innerOffset == 48 + row.outerOptions.count + row.layer.count)
    #expect(try tunnel.inner == Self.inner.header)
  }

  /// Cut off anywhere: the inner IP header must be present, and nothing after the end is read.
  @Test(arguments: rows.filter { $0.kind != nil })
  func readsAsMuchAsThereIs(_ row: Row) throws {
    let outer = Self.outer(row).bytes
    let start = 20 + row.outerOptions.count + row.layer.count
    for count in 20 + row.outerOptions.count...outer.count {
      let tunnel = try tunnel(in: Array(outer[..<count]))
      #expect((tunnel != nil) == (count >= start + 20))
      #expect(tunnel?.inner.hasPorts ?? false == (count >= start + 24))
    }
  }

  @Test func repeatsAnErrorAboutWhatIsPresent() throws {
    let outer = Packet.ipv4(4, Self.inner.bytes)
    var packet = Packet.ipv4(1, Packet.icmp(3, 13, about: Array(outer.bytes[..<45])))
    packet.bytes.replaceSubrange(24..<28, with: [1, 2, 3, 4])
    let message = try #require(try packet.error)
    let tunnel = try #require(
      QuotedTunnel(in: message, packet.bytes.span.bytes, try packet.header))
    for (mtu, rest) in [(nil, [1, 2, 3, 4]), (1380, [0, 0, 5, 0x64])] as [(Int?, [UInt8])] {
      var output = Packet([UInt8](repeating: 0xa5, count: 576))
      let length = output.edit {
        ErrorMessage(repeating: message, mtu: mtu).write(
          about: tunnel.inner, in: packet.bytes.span.bytes.extracting(tunnel.innerOffset..<73),
          from: 0x0a00_0001, identification: 1, into: &$0)
      }
      #expect(length == 28 + 25)
      #expect(Array(output.bytes[20..<22]) == [3, 13])
      #expect(Array(output.bytes[24..<28]) == rest)
      #expect(output.bytes[28..<53] == Self.inner.bytes[..<25])
      #expect(Array(output.bytes[16..<20]) == [198, 51, 100, 7])
      #expect(output.bytes[53] == 0xa5)
    }
  }
}
