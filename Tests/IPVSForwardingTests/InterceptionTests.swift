// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSBalancing
import IPVSDevices
import IPVSText
import Testing

@testable import IPVSForwarding

/// For how long the packets of former servers and services are led to the device.
@Suite struct InterceptionTests {
  /// Deletes the server of a service, and returns for how many seconds its packets are led.
  private func secondsAfterDeletion(_ settings: Settings, limit: UInt64) throws -> UInt64? {
    let key = ServiceKey(.ipv4, transport: 17, address: 0x0a00_0001, port: 53)
    let server = ServerKey(.ipv4, address: 0x0a02_0001, port: 53)
    var balancer = Balancer(settings: settings, seed: 1)
    try balancer.addService(key, ServiceSettings(scheduler: "rr", netmask: .max))
    try balancer.addServer(server, to: key, ServerSettings(), HostNetwork())
    var interception = Interception()
    let start = Instant(seconds: 100)
    let flows = interception.note(InterceptSet(balancer), at: start).flows
    #expect(flows.contains { $0.end == .server })
    try balancer.deleteServer(server, of: key)
    #expect(interception.note(InterceptSet(balancer), at: start).flows == flows)
    for second in 1...limit {
      let now = start.advanced(byTicks: second * Instant.ticksPerSecond)
      if try interception.maintain(balancer, at: now).isOutdated {
        #expect(
          !interception.note(InterceptSet(balancer), at: now).flows.contains { $0.end == .server })
        return second
      }
    }
    return nil
  }

  @Test("without connections, no longer than the search for them takes")
  func atOnce() throws {
    #expect(try secondsAfterDeletion(Settings(), limit: 10) == 1)
  }

  @Test("with schedule_icmp, as long as any connection lasts at most")
  func scheduledErrors() throws {
    var settings = Settings()
    settings.scheduleIcmp = 1
    #expect(try secondsAfterDeletion(settings, limit: 2000) == 900)
    settings.udpTimeout = 1200
    #expect(try secondsAfterDeletion(settings, limit: 2000) == 1200)
  }
}
