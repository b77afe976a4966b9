// SPDX-License-Identifier: Apache-2.0

import IPVSText
import Testing

@testable import IPVSBalancing

/// The number of a release; what depends on it is tested where it happens.
@Suite struct KernelReleaseTests {
  @Test(
    arguments: [
      ("6.1", KernelRelease(6, 1)), ("6.1.0", KernelRelease(6, 1)),
      ("6.1.176", KernelRelease(6, 1, 176)), ("7.2", .newest), ("65535.65535.65535", .last),
    ] as [(ByteString, KernelRelease)])
  func isReadInWords(_ text: ByteString, _ release: KernelRelease) {
    #expect(KernelRelease(text) == release)
    #expect(KernelRelease(ByteString("\(release)")) == release)
  }

  @Test(
    arguments: [
      "", ".", "6", "6.", ".6", "6.1.", "6.1.2.3", "6,1", "6.1.0-44-amd64", "6.-1", "6.65536",
      "v6.1", "6.0.99", "5.10",
    ] as [ByteString])
  func isNothingElse(_ text: ByteString) {
    #expect(KernelRelease(text) == nil)
  }

  @Test func followsOthersByNumbers() {
    let all = ["6.1", "6.1.9", "6.1.192", "6.2", "6.12", "6.12.1", "7.0"].map {
      KernelRelease(ByteString($0))
    }
    let releases = all.compactMap { $0 }
    #expect(releases.count == all.count)
    #expect(zip(releases, releases.dropFirst()).allSatisfy { $0 < $1 && !($1 < $0) })
  }

  @Test func isTheNewestByDefault() {
    #expect(Settings().kernel == .newest)
    #expect(KernelRelease.oldest < .newest)
  }
}

extension KernelRelease {
  fileprivate static let last = KernelRelease(.max, .max, .max)
}
