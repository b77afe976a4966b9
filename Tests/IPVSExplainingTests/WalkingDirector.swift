// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSBalancing
import IPVSListing
import IPVSNumbers
import IPVSPackets
import IPVSRules
import IPVSText
import TestSupport

@testable import IPVSExplaining

/// A director that is changed and used at random, and a listing of it as a client has one.
struct WalkingDirector: ~Copyable {
  var balancer: Balancer
  var chance: Seed
  private(set) var services: [ServiceKey] = []
  private var time = Instant(ticks: 0)

  static let virtuals: [UInt128] = [0xcb00_7101, 0xcb00_7102]
  static let clients: [UInt128] = [0xc633_640a, 0xc633_640b, 0xc633_644d]
  private static let ports: [UInt16] = [0, 21, 80, 2000]
  private static let schedulers: [ByteString] = [
    "rr", "wrr", "lc", "wlc", "sed", "nq", "ovf", "fo", "sh", "mh", "dh", "lblc", "lblcr", "twos",
  ]

  init(_ chance: Seed) {
    self.chance = chance
    var settings = Settings()
    settings.kernel = self.chance.next() & 1 == 0 ? KernelRelease(6, 1, 176) : .newest
    settings.expireNodestConn = Int32(self.chance.next() & 1)
    settings.expireQuiescentTemplate = Int32(self.chance.next() & 1)
    settings.connReuseMode = [0, 1, 3].randomElement(using: &self.chance) ?? 1
    balancer = Balancer(settings: settings, seed: self.chance.next())
    for _ in 0..<8 { addService() }
  }

  private mutating func pick<Element>(_ all: [Element]) -> Element {
    all[Int(chance.next() % UInt64(all.count))]
  }

  private mutating func isLucky(oneIn number: UInt64) -> Bool { chance.next() % number == 0 }

  private mutating func addService() {
    let key =
      isLucky(oneIn: 6)
      ? ServiceKey(.ipv4, mark: 7)
      : ServiceKey(
        .ipv4, transport: pick([6, 6, 17]), address: pick(Self.virtuals), port: pick(Self.ports))
    let isPersistent = key.port == 0 || isLucky(oneIn: 3)
    let flags =
      (isPersistent ? ServiceBit.persistent : 0) | (isLucky(oneIn: 2) ? ServiceBit.scheduler1 : 0)
      | (isLucky(oneIn: 2) ? ServiceBit.scheduler2 : 0)
      | (isLucky(oneIn: 6) ? ServiceBit.onePacket : 0)
    let settings = IPVSBalancing.ServiceSettings(
      scheduler: pick(Self.schedulers), flags: flags,
      timeout: 60 * UInt32(Instant.ticksPerSecond), netmask: pick([.max, 0xffff_fff8]))
    guard (try? balancer.addService(key, settings)) != nil else { return }
    services.append(key)
    for _ in 0..<chance.next() % 5 { addServer(to: key) }
  }

  private mutating func addServer(to service: ServiceKey) {
    // That a server of the same address and another port was deleted cannot be seen.
    let number = 1 + chance.next() % 5
    let key = ServerKey(
      .ipv4, address: 0xc000_0200 + UInt128(number), port: [0, 80, 8080][Int(number % 3)])
    let upper: UInt32 = isLucky(oneIn: 3) ? UInt32(1 + chance.next() % 5) : 0
    let settings = IPVSBalancing.ServerSettings(
      forwarding: pick([0, 0, 3]), weight: pick([0, 1, 1, 2, 3]), upperThreshold: upper,
      lowerThreshold: isLucky(oneIn: 2) ? upper / 2 : 0)
    try? balancer.addServer(key, to: service, settings, HostNetwork())
  }

  /// Changes a weight, deletes or adds a server, or lets time pass.
  mutating func change() {
    let service = pick(services)
    let servers = servers(of: service)
    switch chance.next() % 6 {
    case 0: addServer(to: service)
    case 1:
      // Nor can it be seen which of the services that had a server it was deleted from.
      guard isLucky(oneIn: 3), let server = servers.first else { return }
      for service in services { try? balancer.deleteServer(server.key, of: service) }
    case 2:
      time = time.advanced(byTicks: (1 + chance.next() % 40) * Instant.ticksPerSecond)
      _ = balancer.advance(to: time)
    default:
      guard !servers.isEmpty else { return }
      var server = pick(servers)
      let greatest = servers.filter { $0.key != server.key }.map(\.settings.weight).max() ?? 0
      // That mh goes by no greater weight than those that are listed is taken for granted.
      let weight: Int32 = server.settings.weight <= greatest ? pick([0, 1, 2]) : 1
      var settings = server.settings
      settings.weight = weight
      try? balancer.editServer(server.key, of: service, settings)
      server = pick(servers)
    }
  }

  private func servers(of service: ServiceKey) -> [ServerReport] {
    var all: [ServerReport] = []
    var position = 0
    _ = balancer.forEachServer(of: service, from: &position) {
      all.append($0)
      return true
    }
    return all
  }

  // MARK: - Packets

  /// A packet that begins a connection, often one that was there before.
  mutating func nextPacket() -> OpeningPacket {
    OpeningPacket(
      pick([.tcp, .tcp, .udp]), from: .v4(IPv4Address(UInt32(pick(Self.clients)))),
      port: pick([40_001, 40_001, 40_002, 40_002, 20]),
      to: .v4(IPv4Address(UInt32(pick(Self.virtuals)))), port: pick([21, 80, 443, 2000, 50_000]),
      mark: pick([0, 0, 7, 8]))
  }

  /// Where the director sends a packet: the server's address, and its port where that is rewritten.
  ///
  /// - Parameter flags: Those of TCP.
  /// - Returns: Nil where no server gets it.
  mutating func send(
    _ packet: OpeningPacket, flags: UInt8 = 2
  ) throws -> (address: UInt128, port: UInt16?)? {
    var bytes = packet.bytes(flags: flags)
    var elements = bytes.mutableSpan
    var span = elements.mutableBytes
    var header = try PacketHeader(reading: span.bytes)
    let verdict = balancer.handle(
      &span, &header, mark: packet.mark ?? 0, at: .localIn, routes: EmptyRoutes(), at: time)
    guard case .toServer(let transmission) = verdict else { return nil }
    return (
      transmission.nextHop,
      transmission.method == .masquerading ? header.destinationPort : nil
    )
  }

  // MARK: - Listings

  /// What a client reads of the director.
  func evidence(for packet: OpeningPacket) throws -> Evidence {
    var listedServices: [ListedService] = []
    for key in services { listedServices.append(listed(key)) }
    var evidence = Evidence(listedServices)
    evidence.settings = balancer.settings
    evidence.maglevTable = .known
    let selection = ConnectionSelection(for: [packet], at: evidence.services)
    var text = TextBuffer()
    var cursor = ConnectionCursor()
    while balancer.connectionRows(from: &cursor, limit: 100, into: &text) {}
    var reader = ConnectionReader()
    var connections: [ListedConnection] = []
    let take: ConnectionReader.Consumer<[ListedConnection]> = { rows, text, found in
      while let row = rows.next(in: text) {
        guard selection.selects(row, in: text) else { continue }
        found.append(
          ListedConnection(
            transport: text.word(row.transport), client: row.client, service: row.service,
            server: row.server, state: text.word(row.state), seconds: row.seconds,
            isTemplate: row.isTemplate(in: text)))
      }
    }
    try reader.feed(text.bytes.span, into: &connections, take)
    // One that is given up ends at the next tick.
    evidence.connections = connections.sorted { $0.seconds > $1.seconds }
    return evidence
  }

  private func listed(_ key: ServiceKey) -> ListedService {
    guard let report = balancer.service(key) else { preconditionFailure("a service is gone") }
    let identity: ServiceIdentity =
      key.mark != 0
      ? .mark(key.mark, key.family)
      : .endpoint(
        TransportProtocol(rawValue: key.transport),
        Endpoint(.v4(IPv4Address(UInt32(key.address))), port: key.port))
    let settings = report.settings
    let service = VirtualService(
      identity,
      scheduler: KernelName(settings.scheduler ?? "none", atMost: 15) ?? .weightedLeastConnections,
      flags: ServiceFlags(rawValue: settings.flags & ~(ServiceBit.persistent | ServiceBit.hashed)),
      persistence: settings.isPersistent ? 60 : nil,
      netmask: .ipv4(IPv4Address(settings.netmask)))
    return ListedService(service, servers: servers(of: key).map(Self.listed))
  }

  private static func listed(_ report: ServerReport) -> ListedServer {
    let server = RealServer(
      Endpoint(.v4(IPv4Address(UInt32(report.key.address))), port: report.key.port),
      forwarding: ForwardingMethod(rawValue: report.settings.forwarding),
      weight: Weight(report.settings.weight) ?? .quiesced,
      upperThreshold: report.settings.upperThreshold,
      lowerThreshold: report.settings.lowerThreshold)
    return ListedServer(
      server, activeConnections: report.activeConnections,
      inactiveConnections: report.inactiveConnections,
      persistentConnections: report.persistentConnections)
  }
}

/// Every address is behind one network.
private struct EmptyRoutes: Routes {
  func route(to address: UInt128, _ family: AddressFamily) -> Route? { Route(source: 0xc000_02fe) }
}

extension OpeningPacket {
  /// The packet as it comes from a network.
  fileprivate func bytes(flags: UInt8) -> [UInt8] {
    func short(_ number: UInt16) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 0xff)] }
    func octets(_ address: IPAddress) -> [UInt8] {
      guard case .v4(let address) = address else { return [] }
      return short(UInt16(address.bits >> 16)) + short(UInt16(address.bits & 0xffff))
    }
    let ports = short(clientPort ?? 0) + short(destinationPort ?? 0)
    let rest: [UInt8] =
      transport == .udp
      ? [0, 9, 0, 0, 0x61] : [0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags, 0xff, 0, 0, 0, 0, 0]
    let length = UInt16(20 + ports.count + rest.count)
    var bytes: [UInt8] = [0x45, 0] + short(length) + [0, 1, 0, 0, 64]
    bytes += [UInt8(transport.rawValue), 0, 0] + octets(client) + octets(destination)
    bytes += ports + rest
    bytes.finishIPv4Header()
    return bytes
  }
}
