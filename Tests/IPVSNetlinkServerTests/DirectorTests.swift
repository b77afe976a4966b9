// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSAddresses
import IPVSBalancing
import IPVSClient
import IPVSRules
import IPVSSockets
import IPVSText
import TestSupport
import Testing

/// Our own client makes every change, and reads it back.
@Suite struct DirectorTests {
  private static func endpoint(_ text: String, _ port: UInt16) throws -> Endpoint {
    Endpoint(try #require(IPAddress(text)), port: port)
  }

  private static func name(_ text: ByteString) throws -> KernelName {
    try #require(KernelName(text, atMost: 15))
  }

  private static func services() throws -> [VirtualService] {
    let web = ServiceIdentity.endpoint(.tcp, try endpoint("202.103.106.5", 80))
    let web6 = ServiceIdentity.endpoint(.tcp, try endpoint("fd00::5", 80))
    let calls = ServiceIdentity.endpoint(.udp, try endpoint("202.103.106.5", 5060))
    return [
      VirtualService(web, scheduler: try name("mh"), flags: [.fallback, .port]),
      VirtualService(
        web6, scheduler: try name("sh"), persistence: 360, netmask: .ipv6(prefixLength: 64)),
      VirtualService(calls, flags: .onePacket, persistence: 60, engine: try name("sip")),
      VirtualService(.mark(7, .ipv4), scheduler: try name("lblcr")),
      VirtualService(.mark(7, .ipv6), scheduler: try name("none")),
    ]
  }

  private static func servers() throws -> [RealServer] {
    let weight = try #require(Weight(65535))
    return [
      RealServer(try endpoint("172.16.0.2", 80), forwarding: .masquerading),
      RealServer(
        try endpoint("172.16.0.3", 8000), forwarding: .tunneling,
        tunnel: Tunnel(.gue, port: 6080, flags: .checksum), weight: weight, upperThreshold: 100,
        lowerThreshold: 20),
      RealServer(try endpoint("fd00::3", 8000), forwarding: .tunneling, tunnel: Tunnel(.gre)),
    ]
  }

  @Test func rulesAreListedAsTheyWereGiven() throws {
    let transport = TalkTransport(Talk(as: .newest))
    var director = try Director(.transport(transport))
    let services = try Self.services()
    let servers = try Self.servers()
    var changes = services.map { Change.addService($0) }
    for server in servers { changes.append(.addServer(server, to: services[0].identity)) }
    #expect(try director.apply(changes).isEmpty)
    let snapshot = try director.snapshot()
    #expect(snapshot.kernel == KernelInfo(version: 0x010201, connectionTableSize: 4096))
    #expect(Set(snapshot.services.map(\.service)) == Set(services))
    let first = snapshot.services.first { $0.service.identity == services[0].identity }
    #expect(try #require(first).servers.map(\.server) == servers.reversed())
  }

  @Test func everyChangeIsMade() throws {
    let transport = TalkTransport(Talk(as: .newest))
    var director = try Director(.transport(transport))
    var service = try Self.services()[0]
    var server = try Self.servers()[0]
    try director.apply(.addService(service))
    try director.apply(.addServer(server, to: service.identity))
    service.scheduler = .weightedRoundRobin
    service.flags = []
    try director.apply(.editService(service))
    server.weight = try #require(Weight(0))
    try director.apply(.editServer(server, of: service.identity))
    var listed = try director.service(service.identity)
    #expect(listed.service == service && listed.servers.map(\.server) == [server])
    try director.apply(.zero(service.identity))
    try director.apply(.zero(nil))
    try director.apply(.deleteServer(server.endpoint, of: service.identity))
    listed = try director.service(service.identity)
    #expect(listed.servers.isEmpty)
    try director.apply(.deleteService(service.identity))
    #expect(try director.services().isEmpty)
    try director.apply(.addService(service))
    try director.apply(.flush)
    #expect(try director.services().isEmpty)
    try director.apply(.setTimeouts(Timeouts(tcp: 7200, tcpFin: 0, udp: 30)))
    #expect(try director.timeouts() == Timeouts(tcp: 7200, tcpFin: 120, udp: 30))
  }

  @Test func daemonsStartAndStop() throws {
    let transport = TalkTransport(Talk())
    var director = try Director(.transport(transport))
    let interface = try Self.name("d0")
    try director.apply(.startDaemon(SyncDaemon(.backup, interface: interface, syncID: 5)))
    let asked = SyncDaemon(
      .master, interface: interface, maximumLength: 1000, group: IPAddress("ff05::51"), port: 9000,
      timeToLive: 3)
    try director.apply(.startDaemon(asked))
    let backup = SyncDaemon(
      .backup, interface: interface, syncID: 5, maximumLength: 1472, group: IPAddress("224.0.0.81"),
      port: 8848, timeToLive: 1)
    #expect(try director.daemons() == [asked, backup])
    try director.apply(.stopDaemon(.master, syncID: 0))
    #expect(try director.daemons() == [backup])
    let stop = Change.stopDaemon(.master, syncID: 0)
    #expect(throws: DirectorError.rejected(RejectedChange(stop, errno: ESRCH))) {
      try director.apply(stop)
    }
  }

  @Test func refusalsOfABatchComeWithTheirChanges() throws {
    let transport = TalkTransport(Talk())
    var director = try Director(.transport(transport))
    let services = try Self.services()
    let absent = ServiceIdentity.mark(99, .ipv4)
    let changes: [Change] = [
      .addService(services[0]), .addService(services[0]), .deleteService(absent),
      .addServer(try Self.servers()[0], to: services[0].identity), .zero(absent),
    ]
    #expect(
      try director.apply(changes) == [
        RejectedChange(index: 1, changes[1], errno: EEXIST),
        RejectedChange(index: 2, changes[2], errno: ESRCH),
        RejectedChange(index: 4, changes[4], errno: ESRCH),
      ])
    #expect(try director.servers(of: services[0].identity).count == 1)
  }

  @Test func largeTablesComeWhole() throws {
    let transport = TalkTransport(Talk())
    var director = try Director(.transport(transport))
    let address = try #require(IPAddress("10.0.0.1"))
    let services = (1...2000).map { port in
      VirtualService(.endpoint(.tcp, Endpoint(address, port: UInt16(port))))
    }
    let servers = try (1...1000).map { port in
      RealServer(try Self.endpoint("10.2.0.1", UInt16(port)))
    }
    var changes = services.map { Change.addService($0) }
    for server in servers { changes.append(.addServer(server, to: services[0].identity)) }
    #expect(try director.apply(changes).isEmpty)
    let listed = try director.snapshot().services
    #expect(Set(listed.map(\.service)) == Set(services))
    #expect(listed.flatMap(\.servers).map(\.server) == servers.reversed())
  }
}
