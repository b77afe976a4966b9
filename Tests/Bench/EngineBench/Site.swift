import IPVSAddresses
import IPVSBalancing
import IPVSPackets

/// A director with one service, its clients, and their packets: what the floor in C has, too.
struct Site: ~Copyable {
  static let packetLength = 60
  static let room = 64
  static let batch = 4096
  static let service = ServiceKey(.ipv4, transport: 6, address: 0xca6a_6705, port: 80)

  var balancer: Balancer
  var now = Instant(seconds: 1)
  private let packets = UnsafeMutableRawBufferPointer.allocate(
    byteCount: batch * room, alignment: 64)

  struct Ways: Routes {
    func route(to address: UInt128, _ family: AddressFamily) -> Route? { Route(source: 0) }
  }

  init(_ scheduler: ServiceSettings, servers: Int, connections: Int32 = 1 << 23) {
    var settings = Settings()
    settings.connMax = connections
    balancer = Balancer(settings: settings, seed: 7, at: now)
    do {
      try balancer.addService(Self.service, scheduler)
      for number in 0..<servers {
        try balancer.addServer(
          ServerKey(.ipv4, address: 0xac10_0003 + UInt128(number), port: 8000), to: Self.service,
          ServerSettings(), PlainSurroundings())
      }
    } catch { preconditionFailure("\(error)") }
  }

  deinit { packets.deallocate() }

  private func packet(_ place: Int, _ length: Int) -> UnsafeMutableRawBufferPointer {
    let start = place * Self.room
    return UnsafeMutableRawBufferPointer(rebasing: packets[start..<start + length])
  }

  /// Writes a packet of a client to a place of the batch.
  @inline(__always)
  mutating func make(_ place: Int, client: Int, flags: UInt8) {
    let address = UInt32(0x0a00_0000 + client / 50_000).bigEndian
    let port = UInt16(1024 + client % 50_000).bigEndian
    let packet = packet(place, Self.room)
    packet.initializeMemory(as: UInt8.self, repeating: 0)
    packet[0] = 0x45
    packet[3] = UInt8(Self.packetLength)
    packet[8] = 64
    packet[9] = 6
    packet.storeBytes(of: address, toByteOffset: 12, as: UInt32.self)
    packet.storeBytes(of: UInt32(0xca6a_6705).bigEndian, toByteOffset: 16, as: UInt32.self)
    packet.storeBytes(of: port, toByteOffset: 20, as: UInt16.self)
    packet[23] = 80
    packet[32] = 0x50
    packet[33] = flags
  }

  /// Sends the first packets of the batch through the director. Returns how many went to a server.
  mutating func sendBatch(_ count: Int) -> Int {
    var passed = 0
    var forecast = Forecast()
    for start in stride(from: 0, to: count, by: Forecast.capacity) {
      let places = start..<min(start + Forecast.capacity, count)
      for place in places {
        balancer.note(
          UnsafeRawBufferPointer(packet(place, Self.packetLength)).bytes, at: .localIn,
          in: &forecast)
      }
      balancer.prepare(&forecast)
      for place in places where send(place) { passed += 1 }
    }
    return passed
  }

  @inline(__always)
  private mutating func send(_ place: Int) -> Bool {
    var packet = packet(place, Self.packetLength).mutableBytes
    if balancer.forward(&packet, at: .localIn, mtu: 1500, at: now) { return true }
    guard var header = try? PacketHeader(reading: packet.bytes) else { return false }
    let verdict = balancer.handle(&packet, &header, at: .localIn, routes: Ways(), at: now)
    if case .toServer = verdict { return true }
    return false
  }

  /// Opens connections of clients up to a number.
  mutating func open(_ clients: Range<Int>) {
    var next = clients.lowerBound
    while next < clients.upperBound {
      let count = min(Self.batch, clients.upperBound - next)
      for place in 0..<count { make(place, client: next + place, flags: 0x02) }
      precondition(sendBatch(count) == count, "a connection was refused")
      next += count
    }
  }
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
