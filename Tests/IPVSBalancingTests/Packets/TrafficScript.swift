// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSPackets
import IPVSText
import TestSupport
import Testing

@testable import IPVSBalancing

/// Does to a director what a recording says, and compares what comes of it.
struct TrafficScript: ~Copyable {
  private var director = DirectorModel()
  private var service: ServiceKey?
  private var server: ServerKey?

  /// The recordings' firewall: the mark of a packet.
  private static func mark(_ header: PacketHeader) -> UInt32 {
    if header.sourcePort == 1111 { return 77 }
    return header.destinationPort == 3128 ? 9 : 0
  }

  /// The client's end of the last packet: address and port as in the packet.
  private var lastClient: [UInt8] = []
  private var lastPort: [UInt8] = []

  /// The last packet reached the director's own programs, whose answers change connections unseen.
  private var wasDelivered = false

  // MARK: - Settings

  mutating func apply(_ config: RecordedTraffic.Configuration) throws {
    switch config {
    case .words(let words): try apply(words.split(separator: " ").map(String.init))
    case .setting(let name, let value):
      try director.balancer.settings.set(ByteString(name), to: value)
    case .delete(let named): try director.balancer.deleteService(try named.key)
    case .service(let named, let setup):
      let key = try named.key
      service = key
      try director.balancer.addService(
        key,
        ServiceSettings(
          scheduler: ByteString(setup.scheduler), flags: setup.flags, timeout: setup.timeout * 100,
          netmask: key.family == .ipv4 ? .max : 128))
      for server in setup.servers { try add(server) }
    }
  }

  private mutating func add(_ named: RecordedTraffic.Server) throws {
    let key = try serverKey(named.addr, named.port)
    server = key
    try director.balancer.addServer(
      key, to: try #require(service),
      ServerSettings(
        forwarding: named.fwd ?? 0, weight: named.weight ?? 1,
        tunnelKind: named.tunnelKind ?? 0, tunnelPort: named.tunnelPort ?? 0,
        tunnelFlags: named.tunnelFlags ?? 0), HostNetwork())
  }

  private func serverKey(_ text: String, _ port: UInt16) throws -> ServerKey {
    ServerKey(text.contains(":") ? .ipv6 : .ipv4, address: try address(text), port: port)
  }

  /// What the recordings say in words: `tuns mtu NUMBER`, and of the last server or of one that is named
  /// `dest [ADDRESS:PORT]`, how it was added, changed, or deleted.
  private mutating func apply(_ words: [String]) throws {
    let text = words.joined(separator: " ")
    if text.hasPrefix("tuns mtu ") {
      director.network.serverMTU = try #require(Int(words[2]))
      return
    }
    let named = words.firstIndex { $0.contains(":") }
    let weight = try words.firstIndex(of: "weight").map { try #require(Int32(words[$0 + 1])) }
    if text.hasPrefix("dest deleted") {
      try director.balancer.deleteServer(#require(server), of: #require(service))
      if let named { try addServer(named: words[named], weight: weight ?? 1) }
    } else if text.hasPrefix("dest re-added") {
      try addServer(#require(server), weight: weight ?? 1)
    } else if text.hasSuffix("added") {
      // On the address of the first server, and the port of the service.
      let port = try #require(service).port
      try addServer(ServerKey(.ipv4, address: 0x0a02_0001, port: port), weight: weight ?? 1)
    } else if let named, let weight {
      let key = try serverKey(named: words[named])
      let owner = try #require(director.balancer.services(of: key).first)
      (server, service) = (key, owner)
      try director.balancer.editServer(key, of: owner, ServerSettings(weight: weight))
    } else {
      Issue.record("unknown configuration: \(text)")
    }
  }

  private func serverKey(named text: String) throws -> ServerKey {
    let colon = try #require(text.lastIndex(of: ":"))
    return try serverKey(
      String(text[..<colon]), try #require(UInt16(text[text.index(after: colon)...])))
  }

  private mutating func addServer(named text: String, weight: Int32) throws {
    try addServer(serverKey(named: text), weight: weight)
  }

  private mutating func addServer(_ key: ServerKey, weight: Int32) throws {
    server = key
    try director.balancer.addServer(
      key, to: #require(service), ServerSettings(weight: weight), HostNetwork())
  }

  // MARK: - Packets

  mutating func play(_ step: RecordedTraffic.Step, _ stepName: String) throws {
    let packet = try #require(step.packet.flatMap(Hex.bytes))
    let header = try? PacketHeader(reading: packet.span.bytes)
    let outcome = director.receive(packet, mark: header.map(Self.mark) ?? 0)
    wasDelivered = outcome.isDelivered
    if step.side == .client, packet[0] == 0x45, packet.count > 21 {
      lastClient = Array(packet[12..<16])
      lastPort = Array(packet[20..<22])
    }
    if outcome.isDelivered {
      // What the director's own programs and its stack answer is not IPVS's business.
      #expect(step.toServers == [], "\(stepName): delivered instead")
      return
    }
    compare(outcome.toClients, step.toClients ?? [], "\(stepName), to clients")
    compare(outcome.toServers, step.toServers ?? [], "\(stepName), to servers")
  }

  private func compare(_ sent: [[UInt8]], _ expected: [String], _ stepName: String) {
    let expected = expected.compactMap(Hex.bytes)
    #expect(
      sent.map { Hex.text(Self.masked($0)) } == expected.map { Hex.text(Self.masked($0)) },
      "\(stepName)")
  }

  /// The packet without what hangs on secrets of the kernel: the identification and the flow label of
  /// what the director makes itself, and the source port of GUE, with the sums over them.
  private static func masked(_ packet: [UInt8]) -> [UInt8] {
    var packet = packet
    guard packet[0] >> 4 == 4 else {
      if packet[6] == 58 { packet.mask(1..<4) }
      if packet[6] == 44 { packet.replaceSubrange(44..<48, with: [0, 0, 0, 0]) }
      if packet[6] == 17, packet[42...43] == [0x17, 0xc0] { packet.mask(40..<42, 46..<48) }
      return packet
    }
    let isOwn = packet[9] == 1 || packet[9] == 4 || packet[9] == 41 || packet[9] == 47
    let isGUE = packet[9] == 17 && packet[22...23] == [0x17, 0xc0]
    if isOwn || isGUE { packet.mask(4..<6, 10..<12) }
    if isGUE { packet.mask(20..<22, 26..<28) }
    return packet
  }

  /// A packet of which the recording has kept the length alone, with what came of it.
  mutating func playSummary(_ step: RecordedTraffic.Step, _ stepName: String) throws {
    let words = (step.name ?? "").split { " ,".contains($0) }.map(String.init)
    let length = try #require(words.firstIndex(of: "length").flatMap { Int(words[$0 + 1]) })
    let key = try #require(service)
    var packet = [UInt8](
      hex: "4500000000000000400600000a0909090a0000019c40000000000000000000005010ffff00000000")
    packet += [UInt8](repeating: 0x78, count: length - packet.count)
    packet[2...3] = [UInt8(length >> 8), UInt8(length & 0xff)]
    if !words.contains("no") { packet[6] = 0x40 }
    packet[22...23] = [UInt8(key.port >> 8), UInt8(key.port & 0xff)]
    packet.replaceSubrange(12..<16, with: lastClient)
    packet.replaceSubrange(20..<22, with: lastPort)
    packet.finishIPv4()
    let outcome = director.receive(packet)
    #expect(outcome.toServers.map(\.count) == step.lengths, "\(stepName)")
    let errors = outcome.toClients.map {
      [Int($0[20]), Int($0[21]), Int($0[26]) << 8 | Int($0[27])]
    }
    #expect(errors == step.errors, "\(stepName)")
  }

  // MARK: - Connections

  /// The kernel had the connection of the step's packet in the state that it has here. The rows of others
  /// come from earlier recordings on the same kernel, and from times that are not recorded.
  func checkConnections(_ step: RecordedTraffic.Step, _ stepName: String) throws {
    guard !wasDelivered else { return }
    let packet = try #require(step.packet.flatMap(Hex.bytes))
    let header = try PacketHeader(reading: packet.span.bytes)
    var text = TextBuffer()
    var cursor = ConnectionCursor()
    while director.balancer.connectionRows(from: &cursor, limit: 100, into: &text) {}
    let rows = String(decoding: text.bytes, as: UTF8.self).split(separator: "\n")
    let isWanted = { (row: Substring) in
      let words = row.split(separator: " ")
      return words[0] == Self.names[header.transport] ?? ""
        && words[2] == Hex.text(Self.bytes(header.sourcePort)).uppercased()
        && words[4] == Hex.text(Self.bytes(header.destinationPort)).uppercased()
    }
    let recorded = (step.connections ?? []).map { $0[...] }.filter(isWanted).map(Self.withoutExpiry)
    #expect(Set(rows.filter(isWanted).map(Self.withoutExpiry)) == Set(recorded), "\(stepName)")
  }

  private static let names: [UInt8: String] = [6: "TCP", 17: "UDP", 132: "SCTP"]

  private static func bytes(_ port: UInt16) -> [UInt8] {
    [UInt8(port >> 8), UInt8(truncatingIfNeeded: port)]
  }

  private static func withoutExpiry(_ row: Substring) -> String {
    row.split(separator: " ").prefix(8).joined(separator: " ")
  }
}

extension RecordedTraffic.Service {
  var key: ServiceKey {
    get throws {
      let family = try #require(AddressFamily(rawValue: af))
      if let fwmark { return ServiceKey(family, mark: fwmark) }
      return ServiceKey(
        family, transport: try #require(self.protocol), address: try address(#require(addr)),
        port: try #require(port))
    }
  }
}

extension [UInt8] {
  fileprivate mutating func mask(_ ranges: Range<Int>...) {
    for range in ranges { for offset in range { self[offset] = 0 } }
  }

  /// Makes the checksum of an IPv4 header of 20 bytes.
  mutating func finishIPv4() {
    self[10...11] = [0, 0]
    var sum = stride(from: 0, to: 20, by: 2).reduce(0) {
      $0 + Int(self[$1]) << 8 + Int(self[$1 + 1])
    }
    while sum > 0xffff { sum = sum & 0xffff + sum >> 16 }
    self[10...11] = [UInt8(~sum >> 8 & 0xff), UInt8(~sum & 0xff)]
  }
}
