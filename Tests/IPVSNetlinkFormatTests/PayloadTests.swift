// SPDX-License-Identifier: Apache-2.0

import IPVSNetlinkFormat
import TestSupport
import Testing

@Suite struct PayloadTests {
  private func number<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: Number.Type, in bytes: [UInt8]
  ) throws(NetlinkFormatError) -> Number {
    try bytes.span.bytes.number(type, of: 9)
  }

  @Test("a number is read from the beginning, in the order of the host")
  func numbers() throws {
    let bytes = [UInt8](hex: "01020304 05060708 09")
    #expect(try number(UInt8.self, in: bytes) == 0x01)
    #expect(try number(UInt16.self, in: bytes) == 0x0201)
    #expect(try number(UInt32.self, in: bytes) == 0x0403_0201)
    #expect(try number(UInt64.self, in: bytes) == 0x0807_0605_0403_0201)
  }

  @Test("a number in fewer bytes than it has is refused", arguments: 0..<16)
  func tooShort(length: Int) {
    let bytes = [UInt8](repeating: 0xa5, count: length)
    expect(UInt8.self, needs: 1, bytes)
    expect(UInt16.self, needs: 2, bytes)
    expect(UInt32.self, needs: 4, bytes)
    expect(UInt64.self, needs: 8, bytes)
    expect(UInt128.self, needs: 16, bytes)
  }

  private func expect<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: Number.Type, needs size: Int, _ bytes: [UInt8]
  ) {
    guard bytes.count < size else {
      #expect(throws: Never.self) { try number(type, in: bytes) }
      return
    }
    let expected = NetlinkFormatError.attributeTooShort(
      type: 9, needed: size, available: bytes.count)
    #expect(throws: expected) { try number(type, in: bytes) }
  }

  @Test(
    "text ends at its first zero, or at the end",
    arguments: [
      ("", ""), ("00", ""), ("7272", "rr"), ("727200", "rr"), ("72007200", "r"), ("0072", ""),
      ("ff00", "\u{ff}"),
    ] as [(String, String)])
  func text(hex: String, expected: String) throws {
    let bytes = try #require(Hex.bytes(hex))
    let scalars = expected.unicodeScalars.map { UInt8($0.value) }
    #expect(bytes.span.bytes.text() == scalars)
  }

  @Test("a generic header needs its four bytes")
  func genericHeader() throws {
    let whole = [UInt8](hex: "0e01 0000 0800")
    let header = try GenericHeader(reading: whole.span.bytes)
    #expect(header.command == 14)
    #expect(header.version == 1)
    for length in 0..<4 {
      let cut = Array(whole.prefix(length))
      #expect(throws: NetlinkFormatError.messageLength(claimed: 4, available: length)) {
        try GenericHeader(reading: cut.span.bytes)
      }
    }
  }
}
