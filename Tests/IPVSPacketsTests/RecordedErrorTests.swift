// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSPackets
import TestSupport
import Testing

/// The director's errors equal the kernel's. The fault and the source are taken from what was recorded;
/// all other bytes must be equal, except the flow label of IPv6, which is a keyed hash.
@Suite struct RecordedErrorTests {
  struct Refused: CustomTestStringConvertible {
    let testDescription: String
    let received: [UInt8]
    let sent: [UInt8]
    let fault: ICMPFault
    let source: UInt128
  }

  static let refused = RecordedPackets.pairs.compactMap { pair -> Refused? in
    guard let before = try? PacketHeader(reading: pair.received.span.bytes),
      let after = try? PacketHeader(reading: pair.sent.span.bytes),
      let error = ICMPErrorMessage(reading: pair.sent.span.bytes, after),
      ICMPErrorMessage(reading: pair.received.span.bytes, before) == nil,
      let fault = fault(in: pair.sent, after)
    else { return nil }
    #expect(error.embedded.source == before.source)
    return Refused(
      testDescription: pair.testDescription, received: pair.received, sent: pair.sent,
      fault: fault, source: after.source)
  }

  private static func fault(in packet: [UInt8], _ header: PacketHeader) -> ICMPFault? {
    let start = header.transportOffset
    let mtu = packet.number(UInt32.self, at: start + 4)?.byteSwapped ?? 0
    return switch (header.family, packet[start], packet[start + 1]) {
    case (.ipv4, 11, 0), (.ipv6, 3, 0): .timeExceeded
    case (.ipv4, 3, 3), (.ipv6, 1, 4): .portUnreachable
    case (.ipv4, 3, 4), (.ipv6, 2, 0): .tooBig(mtu: Int(mtu))
    default: nil
    }
  }

  @Test func hasRecordings() {
    let faults = Self.refused.map(\.fault)
    #expect(faults.contains(.timeExceeded))
    #expect(faults.contains(.portUnreachable))
  }

  @Test(arguments: refused)
  func complainsAsTheKernelDid(_ refused: Refused) throws {
    var packet = Packet(refused.received)
    var header = try packet.header
    let mayConcern = try packet.mayConcernAnError
    #expect(mayConcern)
    // The forwarder has decremented the time to live, unless it was used up.
    let quoted = refused.sent[(header.family == .ipv4 ? 28 : 48)...]
    if Array(quoted) != Array(packet.bytes.prefix(quoted.count)) {
      packet.edit { header.decrementTimeToLive(&$0) }
    }
    let identification = try #require(refused.sent.number(UInt16.self, at: 4)).byteSwapped
    let message = ErrorMessage(refused.fault, header.family)
    var made = Packet([UInt8](repeating: 0xa5, count: ErrorMessage.room(header.family) + 1))
    let length = made.edit {
      message.write(
        about: header, in: packet.bytes.span.bytes, from: refused.source,
        identification: identification, into: &$0)
    }

    var wanted = refused.sent
    if header.family == .ipv6 { wanted.replaceSubrange(0..<4, with: [0x60, 0, 0, 0]) }
    #expect(Hex.text(made.bytes[..<length]) == Hex.text(wanted))
    #expect(made.bytes[length...].allSatisfy { $0 == 0xa5 })
  }
}
