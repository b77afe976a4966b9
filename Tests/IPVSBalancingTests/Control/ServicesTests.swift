// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSNumbers
import IPVSText
import TestSupport
import Testing

@testable import IPVSBalancing

@Suite struct ServicesTests {
  @Test func aServiceIsListedAsItWasAdded() throws {
    var balancer = Balancer(seed: 1)
    var settings = Sample.settings("wlc", flags: 0x1)
    settings.timeout = 30_000
    settings.engine = "sip"
    try balancer.addService(Sample.service(), settings)
    settings.flags |= ServiceBit.hashed
    #expect(balancer.service(Sample.service())?.settings == settings)
    #expect(balancer.hasService(Sample.service()) == true)
    #expect(balancer.service(Sample.service(81)) == nil)
  }

  @Test func refusalsAreTheKernels() throws {
    var balancer = try Balancer.with(0)
    let other = Sample.service(81)
    let v6 = ServiceKey(.ipv6, transport: 6, address: 1, port: 80)
    #expect(throws: KernelError.exists) {
      try balancer.addService(Sample.service(), Sample.settings("no such"))
    }
    #expect(throws: KernelError.absent) {
      try balancer.addService(other, Sample.settings("no such"))
    }
    #expect(throws: KernelError.absent) { try balancer.addService(other, Sample.settings("")) }
    var settings = Sample.settings()
    settings.engine = "no such"
    settings.netmask = 0
    #expect(throws: KernelError.absent) { try balancer.addService(v6, settings) }
    settings.engine = ""
    #expect(throws: KernelError.invalid) { try balancer.addService(v6, settings) }
    #expect(throws: KernelError.serviceAbsent) {
      try balancer.editService(other, Sample.settings())
    }
    #expect(throws: KernelError.serviceAbsent) { try balancer.deleteService(other) }
    #expect(throws: KernelError.serviceAbsent) { try balancer.zero(other) }
    #expect(balancer.allServices.map(\.key) == [Sample.service()])
  }

  @Test func aRefusedEditChangesNothing() throws {
    var balancer = try Balancer.with(2)
    let before = balancer.service(Sample.service())
    #expect(throws: KernelError.absent) {
      try balancer.editService(Sample.service(), Sample.settings("no such", flags: 0x18))
    }
    var settings = Sample.settings("wrr")
    settings.engine = "no such"
    #expect(throws: KernelError.absent) { try balancer.editService(Sample.service(), settings) }
    #expect(balancer.service(Sample.service()) == before)
  }

  /// Whom the next connections get.
  private func picks(_ balancer: inout Balancer, _ count: Int) throws -> [Int] {
    let service = try balancer.recordIndex()
    return try (0..<count).map { _ in
      let index = balancer.pick(Sample.flow, for: service, at: Instant(ticks: 0))
      return Int(balancer.servers[try #require(index)].key.address & 0xff)
    }
  }

  @Test func anEditKeepsTheStateOfASchedulerOfTheSameName() throws {
    var balancer = try Balancer.with(3)
    #expect(try picks(&balancer, 2) == [3, 2])
    try balancer.editService(Sample.service(), Sample.settings("rr", flags: 0x4))
    #expect(try picks(&balancer, 2) == [1, 3])
    try balancer.editService(Sample.service(), Sample.settings("wrr"))
    try balancer.editService(Sample.service(), Sample.settings("rr"))
    #expect(try picks(&balancer, 1) == [3])
  }

  @Test func aSchedulerThatCannotServeLeavesTheOldOne() throws {
    var balancer = try Balancer.with(4094)
    #expect(throws: KernelError.invalid) {
      try balancer.editService(Sample.service(), Sample.settings("mh"))
    }
    #expect(balancer.service(Sample.service())?.settings.scheduler == "rr")
    #expect(try picks(&balancer, 1) == [4094 & 0xff])
  }

  @Test func withoutASchedulerNobodyIsPicked() throws {
    var balancer = try Balancer.with(3, scheduler: nil)
    let service = try balancer.recordIndex()
    #expect(balancer.pick(Sample.flow, for: service, at: Instant(ticks: 0)) == nil)
  }

  @Test func lookUpGoesFromTheMarkToThePortZero() throws {
    var balancer = Balancer(seed: 1)
    let address: UInt128 = 0x0a00_0001
    func find(_ port: UInt16, mark: UInt32 = 0, transport: UInt8 = 6) -> ServiceKey? {
      balancer.lookUp(
        family: .ipv4, mark: mark, transport: transport, address: address, port: port
      ).map { balancer.services[$0.service].key }
    }
    let mark = ServiceKey(.ipv4, mark: 7)
    let any = Sample.service(0)
    let ftp = Sample.service(21)
    for key in [mark, ServiceKey(.ipv4, mark: 0), any, ftp, Sample.service(80)] {
      try balancer.addService(key, Sample.settings())
    }
    #expect(find(80, mark: 7) == mark && find(80, mark: 8) == Sample.service(80))
    #expect(find(20) == ftp && find(21) == ftp && find(1024) == ftp)
    #expect(find(22) == any && find(1023) == any && find(20, transport: 17) == nil)
    try balancer.deleteService(ftp)
    #expect(find(20) == any && balancer.ftpServices == 0 && balancer.portZeroServices == 2)
    balancer.flush()
    #expect(find(20) == nil && balancer.portZeroServices == 0)
    #expect(balancer.allServices.isEmpty && balancer.servers.count == 0)
  }

  @Test func aListingStopsAndGoesOnAcrossChanges() throws {
    var seed = Seed(for: "listing services")
    var balancer = Balancer(seed: 1)
    var steady: Set<ServiceKey> = []
    for port in 0..<300 {
      let key =
        port % 3 == 0 ? ServiceKey(.ipv4, mark: UInt32(port + 1)) : Sample.service(UInt16(port))
      try balancer.addService(key, Sample.settings())
      if port % 2 == 0 { steady.insert(key) }
    }
    var listed: [ServiceKey] = []
    var cursor = ServiceCursor()
    var room = 0
    var isDone = false
    while !isDone {
      room = Int.random(in: 1...20, using: &seed)
      isDone = balancer.forEachService(from: &cursor) { report in
        if room > 0 { listed.append(report.key) }
        room -= 1
        return room >= 0
      }
      let port = UInt16.random(in: 0..<300, using: &seed)
      let passing = Sample.service(port)
      if port % 2 == 1, balancer.hasService(passing) { try balancer.deleteService(passing) }
      try balancer.addService(Sample.service(port + 1000), Sample.settings())
      try balancer.deleteService(Sample.service(port + 1000))
    }
    #expect(steady.isSubset(of: listed))
    #expect(Set(listed).count == listed.count)
    let firstMark = listed.firstIndex { $0.mark != 0 } ?? 0
    #expect(listed[firstMark...].allSatisfy { $0.mark != 0 })
  }
}
