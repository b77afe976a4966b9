// SPDX-License-Identifier: Apache-2.0

import IPVSPackets

/// The bytes of a packet, with the module's functions.
struct Packet: Hashable {
  var bytes: [UInt8]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  var header: PacketHeader {
    get throws { try PacketHeader(reading: bytes.span.bytes) }
  }

  var error: ICMPErrorMessage? {
    get throws { ICMPErrorMessage(reading: bytes.span.bytes, try header) }
  }

  var isICMPChecksumRight: Bool {
    get throws { try error?.isChecksumRight(in: bytes.span.bytes, header) ?? false }
  }

  var chunks: SCTPChunks? {
    get throws { SCTPChunks(reading: bytes.span.bytes, try header) }
  }

  var tcpFlags: UInt8 {
    get throws { try header.tcpFlags(in: bytes.span.bytes) }
  }

  var mayConcernAnError: Bool {
    get throws { ErrorMessage.mayConcern(try header, in: bytes.span.bytes) }
  }

  mutating func edit<Result>(_ body: (inout MutableRawSpan) throws -> Result) rethrows -> Result {
    var span = bytes.mutableSpan
    var memory = span.mutableBytes
    return try body(&memory)
  }
}
