// SPDX-License-Identifier: Apache-2.0

import IPVSText
import Testing

@testable import IPVSBalancing

@Suite struct SettingsTests {
  @Test func takesEveryNameOfTheKernel() throws {
    var settings = Settings()
    for name in Settings.names + Settings.idleNames {
      try settings.set(ByteString("\(name)"), to: 1)
    }
    #expect(settings.dropEntry == 1)
    #expect(settings.lblcrExpiration == 1)
  }

  @Test(arguments: ["drop_entry", "drop_packet", "secure_tcp", "sync_retries"])
  func refusesWhatTheKernelRefuses(_ name: ByteString) {
    var settings = Settings()
    #expect(throws: SettingError.range(name, 0...3)) { try settings.set(name, to: 4) }
    #expect(settings == Settings())
  }

  @Test func knowsNoOtherNames() {
    var settings = Settings()
    #expect(throws: SettingError.unknown("drop_all")) { try settings.set("drop_all", to: 1) }
  }
}
