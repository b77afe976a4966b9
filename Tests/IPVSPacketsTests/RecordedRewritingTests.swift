// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSPackets
import TestSupport
import Testing

/// Rewriting changes packets as the kernel did. The new address is taken from what was recorded; all other
/// bytes must be equal.
@Suite struct RecordedRewritingTests {
  /// Without the kernel's own packets, tunnels, and reassembled datagrams.
  static let masqueraded = RecordedPackets.pairs.filter { pair in
    guard let before = try? Packet(pair.received).header,
      let after = try? Packet(pair.sent).header
    else { return false }
    return pair.received.count == pair.sent.count && before.transport == after.transport
      && before.fragment == .whole && after.fragment == .whole
      && (pair.isToServer ? before.source == after.source : before.destination == after.destination)
  }

  @Test func hasRecordings() {
    #expect(Self.masqueraded.count >= 90)
  }

  @Test(arguments: masqueraded)
  func rewritesAsTheKernelDid(_ pair: RecordedPackets.Pair) throws {
    let sent = Packet(pair.sent)
    let after = try sent.header
    let expected = try sent.error?.embedded
    var packet = Packet(pair.received)
    var header = try packet.header
    let error = try packet.error
    #expect((error == nil) == (expected == nil))
    packet.edit { bytes in
      header.decrementTimeToLive(&bytes)
      switch (error, expected) {
      case (let error?, let expected?) where pair.isToServer:
        error.dnat(
          &bytes, &header, to: after.destination, port: expected.sourcePort, checksum: .complete)
      case (let error?, let expected?) where expected.destination != error.embedded.destination:
        error.snat(
          &bytes, &header, as: after.source, port: expected.destinationPort, checksum: .complete)
      case (nil, nil) where pair.isToServer && after.destination != header.destination:
        header.dnat(
          &bytes, to: after.destination, port: after.destinationPort, checksum: .complete)
      case (nil, nil) where after.source != header.source:
        header.snat(&bytes, as: after.source, port: after.sourcePort, checksum: .complete)
      default: break
      }
    }
    #expect(Hex.text(packet.bytes) == Hex.text(pair.sent))
    #expect(header == after)
  }
}
