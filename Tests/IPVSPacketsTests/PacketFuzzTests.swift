// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSPackets
import TestSupport
import Testing

/// No bytes may end the program, or make it read or write after the packet.
@Suite struct PacketFuzzTests {
  static let guardBytes = [UInt8](repeating: 0xa5, count: 64)

  @Test func survivesRandomBytes() {
    var seed = Seed(for: "PacketFuzzTests, random")
    var readable = 0
    for _ in 0..<Seed.cases(usually: 30_000) {
      let count = Int.random(in: 0...120, using: &seed)
      var bytes = seed.bytes(count)
      if count > 0 { bytes[0] = [0x45, 0x46, 0x60, bytes[0]].randomElement(using: &seed) ?? 0 }
      if count > 9 {
        // Most lengths and protocols would be refused at once.
        bytes[2] = 0
        bytes[4] = 0
        let number = ([1, 6, 17, 132, 58, 0, 44, 51, 60] as [UInt8]).randomElement(using: &seed)
        bytes[bytes[0] >> 4 == 4 ? 9 : 6] = number ?? 0
      }
      if exercise(bytes, &seed) { readable += 1 }
    }
    #expect(readable > 1000)
  }

  @Test func survivesInjuredRecordings() {
    var seed = Seed(for: "PacketFuzzTests, injured")
    var readable = 0
    for _ in 0..<Seed.cases(usually: 60) {
      for packet in RecordedPackets.packets where exercise(seed.injured(packet), &seed) {
        readable += 1
      }
    }
    #expect(readable > 1000)
  }

  @Test func survivesInjuredErrorsAboutTunnels() {
    var seed = Seed(for: "PacketFuzzTests, tunnels")
    var readable = 0
    for _ in 0..<Seed.cases(usually: 200) {
      for row in QuotedTunnelTests.rows {
        let error = Packet.ipv4(1, Packet.icmp(3, 4, about: QuotedTunnelTests.outer(row).bytes))
        if exercise(seed.injured(error.bytes), &seed) { readable += 1 }
      }
    }
    #expect(readable > 1000)
  }

  /// Calls every function that takes a packet; the bytes after it must not change.
  ///
  /// - Returns: Whether the packet can be read.
  private func exercise(_ bytes: [UInt8], _ seed: inout Seed) -> Bool {
    guard let original = try? Packet(bytes).header else { return false }
    #expect(original.transportOffset <= original.length)
    #expect(original.length <= bytes.count)
    let packet = Packet(Array(bytes[..<original.length]) + Self.guardBytes)
    let address = UInt128.random(in: 0...UInt128.max, using: &seed)
    let port = UInt16.random(in: 0...UInt16.max, using: &seed)
    for checksum in [ChecksumState.complete, .partial] {
      rewrite(packet, original, address, port, checksum)
      rewriteError(packet, original, address, port, checksum)
    }
    report(packet, original, address)
    wrap(packet, original, address, &seed)
    _ = ICMPErrorMessage.isUnreadable(packet.bytes.span.bytes, original)
    _ = SCTPChunks(reading: packet.bytes.span.bytes, original)?.decisive
    _ = original.tcpFlags(in: packet.bytes.span.bytes)
    return true
  }

  private func rewrite(
    _ packet: Packet, _ original: PacketHeader, _ address: UInt128, _ port: UInt16,
    _ checksum: ChecksumState
  ) {
    let address = original.family == .ipv4 ? address & 0xffff_ffff : address
    var (packet, header) = (packet, original)
    packet.edit {
      header.decrementTimeToLive(&$0)
      header.dnat(&$0, to: address, port: port, checksum: checksum)
      header.snat(&$0, as: address, port: port, checksum: checksum)
    }
    expectUntouchedEnd(packet, original)
    #expect((try? packet.header) == header, "\(Hex.text(packet.bytes))")
  }

  private func repeatError(_ error: ICMPErrorMessage, _ packet: Packet, _ original: PacketHeader) {
    let whole = packet.bytes.span.bytes
    guard let tunnel = QuotedTunnel(in: error, whole, original) else { return }
    #expect(tunnel.innerOffset + 20 <= original.length)
    let inside = whole.extracting(tunnel.innerOffset..<original.length)
    _ = ErrorMessage.mayConcern(tunnel.inner, in: inside)
    var output = Packet([UInt8](repeating: 0xa5, count: 640))
    let length = output.edit {
      ErrorMessage(repeating: error, mtu: error.mtu).write(
        about: tunnel.inner, in: inside, from: 1, identification: 1, into: &$0)
    }
    #expect(length == min(28 + inside.byteCount, 576))
  }

  private func rewriteError(
    _ packet: Packet, _ original: PacketHeader, _ address: UInt128, _ port: UInt16,
    _ checksum: ChecksumState
  ) {
    guard let error = ICMPErrorMessage(reading: packet.bytes.span.bytes, original) else { return }
    _ = error.isChecksumRight(in: packet.bytes.span.bytes, original)
    repeatError(error, packet, original)
    var (packet, header) = (packet, original)
    packet.edit {
      error.dnat(&$0, &header, to: address, port: port, checksum: checksum)
      error.snat(&$0, &header, as: address, port: port, checksum: checksum)
    }
    expectUntouchedEnd(packet, original)
    let isReadAgain = ICMPErrorMessage(reading: packet.bytes.span.bytes, header) != nil
    #expect(isReadAgain)
  }

  private func report(_ packet: Packet, _ header: PacketHeader, _ address: UInt128) {
    guard ErrorMessage.mayConcern(header, in: packet.bytes.span.bytes) else { return }
    var output = Packet([UInt8](repeating: 0, count: ErrorMessage.room(header.family)))
    let length = output.edit {
      ErrorMessage(.portUnreachable, header.family).write(
        about: header, in: packet.bytes.span.bytes, from: address, identification: 1, into: &$0)
    }
    output.bytes.removeSubrange(length...)
    #expect((try? output == output.checked()) == true)
    #expect((try? output.error?.embedded.transport) == header.transport)
  }

  private func wrap(
    _ packet: Packet, _ header: PacketHeader, _ address: UInt128, _ seed: inout Seed
  ) {
    let path = TunnelPath(
      source: address, kind: UInt8.random(in: 0...3, using: &seed), port: 6080,
      flags: UInt16.random(in: 0...3, using: &seed), keepsDontFragment: Bool.random(using: &seed))
    for family in [AddressFamily.ipv4, .ipv6] {
      for checksum in [ChecksumState.complete, .partial] {
        let outer = OuterHeader(
          for: header, from: address, to: ~address, family, path, identification: 7,
          checksum: checksum)
        var buffer = Packet([UInt8](repeating: 0, count: outer.length) + packet.bytes)
        let isWritten = buffer.edit {
          outer.write(before: outer.length, end: outer.length + header.length, in: &$0)
        }
        #expect(isWritten)
        #expect((try? buffer.header.length) == outer.length + header.length)
        #expect(buffer.bytes[outer.length...] == packet.bytes[...])
      }
    }
  }

  private func expectUntouchedEnd(_ packet: Packet, _ header: PacketHeader) {
    #expect(packet.bytes[header.length...].elementsEqual(Self.guardBytes))
  }
}
