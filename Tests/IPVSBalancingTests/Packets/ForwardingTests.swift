// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSPackets
import IPVSText
import TestSupport
import Testing

@testable import IPVSBalancing

/// The fast path equals the full one: two directors get the same traffic and the same changes of their
/// rules; one of them tries the fast path first.
@Suite struct ForwardingTests {
  private struct Director: ~Copyable {
    var balancer: Balancer
    let isShort: Bool
    var shortCount = 0

    init(isShort: Bool) throws {
      self.isShort = isShort
      balancer = Balancer(seed: 99)
      try balancer.startDaemon(.backup)
      try balancer.addService(Sample.service(), Sample.settings())
      try balancer.addService(Sample.service(81), .persistent(30))
      try balancer.addService(Sample.service(82), Sample.settings())
      try balancer.addService(Sample.service(53, transport: 17), Sample.settings())
      for number in 1...3 {
        try balancer.add(Sample.server(number))
        try balancer.add(Sample.server(number, port: 8081), to: Sample.service(81))
        try balancer.add(
          Sample.server(number, port: 82), ServerSettings(forwarding: UInt32(number)),
          to: Sample.service(82))
        try balancer.add(Sample.server(number, port: 53), to: Sample.service(53, transport: 17))
      }
    }

    /// The verdict about a packet, and the packet afterwards.
    mutating func send(
      _ bytes: [UInt8], _ hook: Hook, _ mark: UInt32, _ checksum: ChecksumState, at now: Instant
    ) -> (verdict: Verdict?, packet: [UInt8]) {
      var packet = bytes
      guard var header = try? PacketHeader(reading: packet.span.bytes) else { return (nil, bytes) }
      var span = packet.mutableSpan
      var raw = span.mutableBytes
      if isShort,
        balancer.forward(&raw, at: hook, checksum: checksum, routes: Network(), at: now)
      {
        shortCount += 1
        return (nil, packet)
      }
      let verdict = balancer.handle(
        &raw, &header, mark: mark, at: hook, checksum: checksum, routes: Network(), at: now)
      return (verdict, packet)
    }

    /// All that is known of services and servers.
    var counters: [Counters] {
      var all = [balancer.counters]
      var slot = 0
      while let index = balancer.services.next(from: slot) {
        all.append(balancer.serviceTraffic[index.value])
        slot = Int(index.value) + 1
      }
      slot = 0
      while let index = balancer.servers.next(from: slot) {
        all.append(balancer.serverTraffic[index.value])
        slot = Int(index.value) + 1
      }
      return all
    }
  }

  private struct Network: Routes {
    func route(to address: UInt128, _ family: AddressFamily) -> Route? {
      Route(mtu: 1000, source: 0x0a02_fffe)
    }
  }

  @Test func theFastPathEqualsTheFullOne() throws {
    var seed = Seed(for: "Balancer.forward")
    var short = try Director(isShort: true)
    var long = try Director(isShort: false)
    var now = Instant(ticks: 0)
    for number in 0..<Seed.cases(usually: 40_000) {
      let ticks = [0, 0, 0, 1, 1, 1, 5, 100].randomElement(using: &seed) ?? 0
      now = now.advanced(byTicks: UInt64(ticks))
      let areDone = (short.balancer.advance(to: now), long.balancer.advance(to: now))
      #expect(areDone == (true, true))
      if number % 50 == 0 {
        let choice = Int.random(in: 0..<9, using: &seed)
        try Self.change(&short.balancer, choice)
        try Self.change(&long.balancer, choice)
      }
      let packet = Self.packet(&seed)
      let hook: Hook =
        [.localIn, .localIn, .forward, .localOut].randomElement(using: &seed) ?? .forward
      let mark: UInt32 = Int.random(in: 0..<20, using: &seed) == 0 ? 3 : 0
      let checksum: ChecksumState = Int.random(in: 0..<3, using: &seed) == 0 ? .partial : .complete
      let first = short.send(packet, hook, mark, checksum, at: now)
      let second = long.send(packet, hook, mark, checksum, at: now)
      #expect(first.packet == second.packet, "packet \(number), seed \(seed.seed)")
      if let verdict = first.verdict {
        #expect(verdict == second.verdict, "packet \(number), seed \(seed.seed)")
      } else {
        Self.expectSent(second.verdict, hook, "packet \(number), seed \(seed.seed)")
      }
      guard number % 100 == 0 else { continue }
      #expect(short.balancer.rowsOfConnections == long.balancer.rowsOfConnections)
      #expect(short.counters == long.counters, "packet \(number), seed \(seed.seed)")
      #expect(
        short.balancer.allConnections.map(\.packets) == long.balancer.allConnections.map(\.packets))
    }
    #expect(short.shortCount > 1000)
  }

  /// The fast path only sends to masqueraded servers and to clients.
  private static func expectSent(_ verdict: Verdict?, _ hook: Hook, _ comment: Comment) {
    switch verdict {
    case nil: return
    case .toClient?: #expect(hook == .forward, comment)
    case .toServer(let transmission)?:
      #expect(hook != .forward && transmission.method == .masquerading, comment)
      #expect(!transmission.isLocal && transmission.tunnel == nil, comment)
    case let verdict?: Issue.record("\(verdict): \(comment)")
    }
  }

  /// A packet of one of few connections: mostly plain data, or any other.
  private static func packet(_ seed: inout Seed) -> [UInt8] {
    let port = [80, 80, 81, 82].randomElement(using: &seed) ?? 80
    let client = End.client(
      UInt8.random(in: 1...3, using: &seed), port: UInt16.random(in: 1...3, using: &seed))
    let isReply = Bool.random(using: &seed)
    let server = End.server(
      UInt8.random(in: 1...3, using: &seed), port: UInt16(port == 81 ? 8081 : port))
    let virtual = End.virtual(UInt16(port))
    let isPlain = Int.random(in: 0..<4, using: &seed) > 0
    let flags =
      isPlain ? "A" : ["PA", "SA", "S", "S", "FA", "R", ""].randomElement(using: &seed) ?? "A"
    let ttl: UInt8 = isPlain ? 64 : [64, 64, 2, 1, 0].randomElement(using: &seed) ?? 64
    let length = [0, 1, 100, 960, 961, 1400].randomElement(using: &seed) ?? 0
    let ends = isReply ? (server, client) : (client, virtual)
    if Int.random(in: 0..<20, using: &seed) == 0 {
      return PacketMaker.udp(client, .virtual(53), ttl: ttl)
    }
    var packet = PacketMaker.tcp(
      flags, ends.0, ends.1, length: length, ttl: ttl, isBound: Bool.random(using: &seed))
    switch Int.random(in: 0..<12, using: &seed) {
    case 0: packet = seed.injured(packet)
    case 1: packet.replaceSubrange(36...37, with: seed.bytes(2))
    case 2: packet.append(0xee)
    default: break
    }
    return packet.isEmpty ? [0] : packet
  }

  /// A change that makes the fast path leave packets to the full one.
  private static func change(_ balancer: inout Balancer, _ choice: Int) throws {
    let server = Sample.server(2)
    balancer.settings.backupOnly = choice == 3 ? 1 : 0
    let isThere = balancer.servers().contains { $0.key == server }
    switch choice {
    case 0 where isThere: try balancer.deleteServer(server, of: Sample.service())
    case 0: try balancer.add(server)
    case 1 where isThere:
      try balancer.editServer(server, of: Sample.service(), ServerSettings(weight: 0))
    case 2: balancer.settings.expireNodestConn ^= 1
    case 4: balancer.settings.secureTcp ^= 3
    case 5: try balancer.setTimeouts(tcp: 60, tcpFin: 5, udp: 5)
    case 6: balancer.settings.connReuseMode = (balancer.settings.connReuseMode + 1) % 4
    case 7: balancer.settings.sloppyTcp ^= 1
    default: break
    }
  }

  /// Without services of IPv4 there is nothing to go by.
  @Test func withoutServicesTheFastPathTakesNoPacket() throws {
    var director = try Director(isShort: true)
    let now = Instant(ticks: 0)
    let request = PacketMaker.tcp("A", .client(), .virtual())
    for flags in ["S", "A"] {
      _ = director.send(
        PacketMaker.tcp(flags, .client(), .virtual()), .localIn, 0, .complete, at: now)
    }
    let before = director.send(request, .localIn, 0, .complete, at: now)
    director.balancer.flush()
    let after = director.send(request, .localIn, 0, .complete, at: now)
    #expect(before.verdict == nil && after.verdict == .pass && director.shortCount == 1)
  }

  /// A forecast is no more than that.
  @Test func aForecastChangesNothing() throws {
    var director = try Director(isShort: true)
    var packets: [[UInt8]] = []
    for number in 0..<9000 as Range<UInt16> {
      packets.append(PacketMaker.tcp("S", .client(port: number + 1), .virtual()))
    }
    for packet in packets {
      _ = director.send(packet, .localIn, 0, .complete, at: director.balancer.now)
    }
    let (rows, counters) = (director.balancer.rowsOfConnections, director.counters)
    var batch = PrefetchBatch()
    for packet in packets.prefix(40) {
      director.balancer.note(packet.span.bytes, at: .localIn, in: &batch)
    }
    #expect(batch.count == PrefetchBatch.capacity)
    director.balancer.prepare(&batch)
    #expect(batch.count == 0)
    let noise: [UInt8] = [1, 2, 3]
    director.balancer.note(noise.span.bytes, at: .forward, in: &batch)
    #expect(batch.count == 0)
    director.balancer.prepare(&batch)
    #expect(director.balancer.rowsOfConnections == rows && director.counters == counters)
  }
}
