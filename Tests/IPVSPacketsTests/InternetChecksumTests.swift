import Testing

@testable import IPVSPackets

@Suite struct InternetChecksumTests {
  @Test func foldsTheExampleOfRFC1071() {
    #expect(InternetChecksum.fold(0x2ddf0) == 0xddf2)
  }
}
