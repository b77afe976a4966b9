// SPDX-License-Identifier: Apache-2.0

import IPVSText
import Testing

@testable import IPVSClient

@Suite struct ModuleLoaderTests {
  @Test("a module that does not exist is not loaded, and modprobe prints why")
  func absent() {
    let outcome = ModuleLoader.load("no-such-module-of-any-kernel")
    #expect(!outcome.succeeded)
    #expect(outcome.output?.isEmpty == false)
  }
}
