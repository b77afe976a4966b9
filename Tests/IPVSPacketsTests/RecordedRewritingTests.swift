import IPVSAddresses
import IPVSPackets
import TestSupport
import Testing

/// Rewriting does to the packets of the recordings what the kernel did. Whom a packet went to is read
/// from what was sent; all other bytes have to follow.
@Suite struct RecordedRewritingTests {
  /// Not here: packets that the kernel made itself, that it put into tunnels, and that it put together
  /// from fragments.
  static let masqueraded = RecordedPackets.pairs.filter { pair in
    guard let before = try? PacketHeader(reading: pair.received.span.bytes),
      let after = try? PacketHeader(reading: pair.sent.span.bytes)
    else { return false }
    return pair.received.count == pair.sent.count && before.transport == after.transport
      && before.fragment == .whole && after.fragment == .whole
      && (pair.isToServer ? before.source == after.source : before.destination == after.destination)
  }

  @Test func findsThemAll() {
    #expect(Self.masqueraded.count >= 90)
  }

  @Test(arguments: masqueraded)
  func rewritesAsTheKernelDid(_ pair: RecordedPackets.Pair) throws {
    let after = try PacketHeader(reading: pair.sent.span.bytes)
    var header = try PacketHeader(reading: pair.received.span.bytes)
    let error = ICMPErrorMessage(reading: pair.received.span.bytes, header)
    let expected = ICMPErrorMessage(reading: pair.sent.span.bytes, after)?.embedded
    #expect((error == nil) == (expected == nil))

    var packet = pair.received
    var span = packet.mutableSpan
    var bytes = span.mutableBytes
    header.decrementTimeToLive(&bytes)
    switch (error, expected) {
    case (let error?, let expected?) where pair.isToServer:
      error.redirect(
        &bytes, &header, to: after.destination, port: expected.sourcePort, checksum: .complete)
    case (let error?, let expected?) where expected.destination != error.embedded.destination:
      error.disguise(
        &bytes, &header, as: after.source, port: expected.destinationPort, checksum: .complete)
    case (nil, nil) where pair.isToServer && after.destination != header.destination:
      header.redirect(
        &bytes, to: after.destination, port: after.destinationPort, checksum: .complete)
    case (nil, nil) where after.source != header.source:
      header.disguise(&bytes, as: after.source, port: after.sourcePort, checksum: .complete)
    default: break
    }
    #expect(Hex.text(packet) == Hex.text(pair.sent))
    #expect(header == after)
  }
}
