// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSBalancing
import IPVSPackets
import IPVSText

/// A director with one service, its clients, and their packets, as in the floor in C.
struct Site: ~Copyable {
  static let room = 64
  static let batch = 4096

  var balancer: Balancer
  private let traffic: Traffic
  private let now = Instant(seconds: 1)
  private let packets = UnsafeMutableRawBufferPointer.allocate(
    byteCount: batch * room, alignment: 64)

  /// Nanoseconds of processor time that the director took for packets, and those of the batch that took
  /// longest.
  private(set) var time: UInt64 = 0
  private(set) var longest: UInt64 = 0

  struct OneRoute: Routes {
    func route(to address: UInt128, _ family: AddressFamily) -> Route? { Route(source: 0) }
  }

  init(
    _ traffic: Traffic = .request, scheduler: ByteString = "wlc", flags: UInt32 = 0, servers: Int
  ) {
    self.traffic = traffic
    var settings = Settings()
    settings.connMax = 1 << 23
    balancer = Balancer(settings: settings, seed: 7, at: now)
    addService(0, scheduler, flags: flags, servers: servers)
  }

  deinit { packets.deallocate() }

  mutating func addService(_ number: Int, _ scheduler: ByteString, flags: UInt32, servers: Int) {
    let key = traffic.service(number)
    let mask: UInt32 = traffic.family == .ipv6 ? 128 : .max
    do {
      try balancer.addService(
        key, ServiceSettings(scheduler: scheduler, flags: flags, netmask: mask))
      for server in 0..<servers {
        try balancer.addServer(
          traffic.server(server), to: key, ServerSettings(), HostNetwork())
      }
    } catch { preconditionFailure("\(error)") }
  }

  private func packet(_ slot: Int, _ length: Int) -> UnsafeMutableRawBufferPointer {
    let start = slot * Self.room
    return UnsafeMutableRawBufferPointer(rebasing: packets[start..<start + length])
  }

  /// Writes a packet of a client to a slot of the batch.
  private func make(
    _ slot: Int, _ pattern: borrowing Pattern, client: Int, other: UInt128, flags: UInt8
  ) {
    let packet = packet(slot, Self.room)
    packet.copyBytes(from: pattern.bytes)
    packet.storeBytes(
      of: UInt32(0x0a00_0000 + client / 50_000).bigEndian, toByteOffset: pattern.client,
      as: UInt32.self)
    packet.storeBytes(
      of: UInt32(truncatingIfNeeded: other).bigEndian, toByteOffset: pattern.other, as: UInt32.self)
    packet.storeBytes(
      of: UInt16(1024 + client % 50_000).bigEndian, toByteOffset: pattern.port, as: UInt16.self)
    if let slot = pattern.flags { packet[slot] = flags }
  }

  /// Sends the first packets of the batch through the director.
  ///
  /// It must not be inlined: instructions are counted by its name.
  ///
  /// - Returns: How many were forwarded.
  @inline(never)
  private mutating func sendBatch(_ count: Int, _ hook: Hook) -> Int {
    var passed = 0
    var batch = PrefetchBatch()
    for start in stride(from: 0, to: count, by: PrefetchBatch.capacity) {
      let slots = start..<min(start + PrefetchBatch.capacity, count)
      for slot in slots {
        balancer.note(
          UnsafeRawBufferPointer(packet(slot, Pattern.length)).bytes, at: hook, in: &batch)
      }
      balancer.prepare(&batch)
      for slot in slots where send(slot, hook) { passed += 1 }
    }
    return passed
  }

  @inline(__always)
  private mutating func send(_ slot: Int, _ hook: Hook) -> Bool {
    var packet = packet(slot, Pattern.length).mutableBytes
    if balancer.forward(&packet, at: hook, routes: OneRoute(), at: now) { return true }
    guard var header = try? PacketHeader(reading: packet.bytes) else { return false }
    switch balancer.handle(&packet, &header, at: hook, routes: OneRoute(), at: now) {
    case .toServer, .toClient: return true
    case .pass, .drop, .refuse, .report: return false
    }
  }

  /// Sends packets, and adds up their time. `choose` gets the number of a packet and names its client.
  private mutating func send(
    _ count: Int, as traffic: Traffic, flags: UInt8,
    _ choose: (Int) -> (client: Int, service: Int)
  ) {
    let pattern = Pattern(traffic)
    var done = 0
    while done < count {
      let part = min(Self.batch, count - done)
      for slot in 0..<part {
        let (client, service) = choose(done + slot)
        let other = traffic == .reply ? traffic.server(0).address : traffic.virtual(service)
        make(slot, pattern, client: client, other: other, flags: flags)
      }
      let start = Bench.clock()
      let passed = sendBatch(part, traffic.hook)
      let spent = Bench.clock() - start
      precondition(passed == part, "a packet was lost")
      time += spent
      longest = max(longest, spent)
      done += part
    }
  }

  /// Opens connections of clients up to a number, to services in turn.
  mutating func open(_ clients: Int, services: Int = 1) {
    var draw = Draw()
    send(clients, as: opening, flags: 0x02) { number in
      (number, services == 1 ? 0 : draw.next(below: services))
    }
  }

  /// Opens connections, and completes their handshakes.
  mutating func establish(_ clients: Int) {
    open(clients)
    send(clients, as: opening, flags: 0x10) { ($0, 0) }
    time = 0
  }

  /// Sends packets of clients drawn at random.
  mutating func exchange(_ count: Int, clients: Int) {
    var draw = Draw()
    send(count, as: traffic, flags: 0x10) { _ in (draw.next(below: clients), 0) }
  }

  /// The client sends first.
  private var opening: Traffic { traffic == .reply ? .request : traffic }
}

/// Numbers drawn as the floor draws them.
struct Draw {
  private var state: UInt64 = 88_172_645_463_325_252

  mutating func next(below limit: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state % UInt64(limit))
  }
}
