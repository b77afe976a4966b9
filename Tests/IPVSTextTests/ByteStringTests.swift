// SPDX-License-Identifier: Apache-2.0

import IPVSText
import Testing

@Suite struct ByteStringTests {
  @Test("a text is compared byte for byte")
  func order() {
    #expect(("a" as ByteString) < "b")
    #expect(("a" as ByteString) < "aa")
    #expect(ByteString([0x7f]) < ByteString([0x80]))
    #expect(("é" as ByteString) == ByteString("\u{e9}"))
    #expect(("é" as ByteString) != ByteString("e\u{301}"))
  }

  @Test("a prefix may be empty or the whole text, and not longer")
  func prefixes() {
    let text: ByteString = "ipvsadm"
    #expect(text.hasPrefix(""))
    #expect(text.hasPrefix("ipvs"))
    #expect(text.hasPrefix("ipvsadm"))
    #expect(!text.hasPrefix("ipvsadm-save"))
    #expect(!text.hasPrefix("pvs"))
  }

  @Test("bytes that are not UTF-8 are kept, and printed as U+FFFD")
  func noise() {
    let text = ByteString([0x61, 0xff])
    #expect(text.description == "a\u{fffd}")
    #expect(text.bytes == [0x61, 0xff])
    #expect(text.count == 2 && !text.isEmpty)
  }
}
