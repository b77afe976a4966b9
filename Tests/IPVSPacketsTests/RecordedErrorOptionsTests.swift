// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSPackets
import TestSupport
import Testing

/// The IP options that the kernel repeats in an error.
@Suite struct RecordedErrorOptionsTests {
  struct Recording: Decodable {
    let errors: [String]
  }

  static let errors = RecordingFolder.load("errors", as: Recording.self).flatMap(\.content.errors)

  @Test func repeatsWhatTheKernelRepeats() throws {
    try #require(Self.errors.count >= 40)
    for text in Self.errors { try compare(Packet(#require(Hex.bytes(text))), text) }
  }

  /// The header of an error follows from the packet that it quotes.
  private func compare(_ recorded: Packet, _ text: String) throws {
    let header = try recorded.header
    let start = header.transportOffset
    var quoted = Packet(Array(recorded.bytes[(start + 8)...]))
    quoted.bytes += [UInt8](repeating: 0, count: 2000)
    let fault: ICMPFault =
      switch (recorded.bytes[start], recorded.bytes[start + 1]) {
      case (3, 4):
        .tooBig(mtu: Int(recorded.bytes[start + 6]) << 8 | Int(recorded.bytes[start + 7]))
      case (3, 3): .portUnreachable
      default: .timeExceeded
      }
    let inner = try quoted.header
    var output = Packet([UInt8](repeating: 0xa5, count: 576))
    let identification = UInt16(recorded.bytes[4]) << 8 | UInt16(recorded.bytes[5])
    let length = output.edit {
      ErrorMessage(fault, .ipv4).write(
        about: inner, in: quoted.bytes.span.bytes, from: header.source,
        identification: identification, into: &$0)
    }
    #expect(Hex.text(Array(output.bytes[..<length])) == text)
  }
}
