// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSPackets
import IPVSText
import TestSupport
import Testing

@testable import IPVSBalancing

/// Does to a director what a recorded walk says, at the recorded times, and compares what comes of it.
struct WalkScript: ~Copyable {
  /// The kernel's ticks began at some time before the first step, and the walk's clock was read between
  /// two of them.
  private static let beginning = Instant(seconds: 1000)

  private var director = DirectorModel()

  init(_ settings: [String: Int32]) throws {
    for (name, value) in settings {
      try director.balancer.settings.set(ByteString(name), to: value)
    }
    _ = director.balancer.advance(to: Self.beginning)
  }

  mutating func play(_ step: RecordedWalk.Step, _ stepName: String) throws {
    if let time = step.time { advance(to: time) }
    switch step.verb {
    case "packet": try send(step, stepName)
    case "servers": try compareServers(step, stepName)
    case "connections": compareConnections(step.rows ?? [], stepName)
    case "traffic": compareTraffic(step.rows ?? [], stepName)
    default:
      var errno: Int32 = 0
      do { try request(step) } catch let refusal as KernelError { errno = refusal.errno }
      #expect(errno == step.errno, "\(stepName)")
    }
  }

  private mutating func advance(to seconds: Double) {
    director.now = Self.beginning.advanced(byTicks: UInt64(seconds * 100))
    _ = director.balancer.advance(to: director.now)
  }

  // MARK: - Rules

  private mutating func request(_ step: RecordedWalk.Step) throws {
    if step.verb == "timeouts" {
      let seconds = try #require(step.seconds)
      return try director.balancer.setTimeouts(tcp: seconds[0], tcpFin: seconds[1], udp: seconds[2])
    }
    let service = try #require(step.service).key()
    switch step.verb {
    case "add": try director.balancer.addService(service, step.serviceSettings())
    case "edit": try director.balancer.editService(service, step.serviceSettings())
    case "add-server":
      let server = try #require(step.server)
      try director.balancer.addServer(
        server.key(), to: service, server.settings, HostNetwork())
    case "edit-server":
      let server = try #require(step.server)
      try director.balancer.editServer(server.key(), of: service, server.settings)
    case "delete-server":
      try director.balancer.deleteServer(#require(step.server).key(), of: service)
    default: Issue.record("unknown step: \(step.verb)")
    }
  }

  private func compareServers(_ step: RecordedWalk.Step, _ stepName: String) throws {
    var found: [RecordedWalk.Count] = []
    var position = 0
    let service = try #require(step.service).key()
    _ = director.balancer.forEachServer(of: service, from: &position) { server in
      found.append(
        RecordedWalk.Count(
          "\(server.key.address(server.key.family))", server.key.port,
          [
            Int64(server.settings.weight), Int64(server.activeConnections),
            Int64(server.inactiveConnections), Int64(server.persistentConnections),
          ]))
      return true
    }
    #expect(found == step.servers, "\(stepName)")
  }

  /// Of services and servers: connections, packets and bytes of clients and of servers.
  private mutating func compareTraffic(_ rows: [String], _ stepName: String) {
    var found: [[UInt64]] = []
    var cursor = ServiceCursor()
    var keys: [ServiceKey] = []
    _ = director.balancer.forEachService(from: &cursor) {
      keys.append($0.key)
      return true
    }
    for key in keys {
      found += director.balancer.service(key).map { [$0.statistics.totals.numbers] } ?? []
      var position = 0
      _ = director.balancer.forEachServer(of: key, from: &position) {
        found.append($0.statistics.totals.numbers)
        return true
      }
    }
    let expected = rows.map { $0.split(separator: " ").suffix(5).compactMap { UInt64($0) } }
    // In no order that both have.
    let isBefore = { (one: [UInt64], other: [UInt64]) in one.lexicographicallyPrecedes(other) }
    #expect(found.sorted(by: isBefore) == expected.sorted(by: isBefore), "\(stepName)")
  }

  // MARK: - Packets

  private mutating func send(_ step: RecordedWalk.Step, _ stepName: String) throws {
    let packet = try #require(step.bytes.flatMap(Hex.bytes))
    // Marks are put on what clients send.
    let outcome = director.receive(packet, mark: step.side == "c" ? step.mark ?? 0 : 0)
    let expected = try #require(step.out)
    if outcome.isDelivered {
      // What the director's own programs and its stack answer is not IPVS's business.
      #expect(expected.allSatisfy { $0[0] == "c" }, "\(stepName): delivered \(Hex.text(packet))")
      return
    }
    let sent =
      outcome.toClients.map { ["c", Hex.text($0)] } + outcome.toServers.map { ["s", Hex.text($0)] }
    #expect(
      sent.map(Self.masked) == expected.map(Self.masked), "\(stepName): \(Hex.text(packet))")
  }

  private static func masked(_ sent: [String]) -> [String] {
    [sent[0], Hex.text(MaskedPacket.bytes(Hex.bytes(sent[1]) ?? []))]
  }

  // MARK: - Connections

  /// The seconds left may differ by one: the kernel's ticks are not those of the walk's clock.
  private func compareConnections(_ rows: [String], _ stepName: String) {
    var text = TextBuffer()
    var cursor = ConnectionCursor()
    while director.balancer.connectionRows(from: &cursor, limit: 100, into: &text) {}
    let lines = String(decoding: text.bytes, as: UTF8.self).split(separator: "\n").dropFirst()
    let found = lines.map { Row($0) }.sorted()
    let expected = rows.map { Row($0[...]) }.sorted()
    #expect(found.map(\.words) == expected.map(\.words), "\(stepName)")
    for (one, other) in zip(found, expected) where one.words == other.words {
      #expect(abs(one.seconds - other.seconds) <= 1, "\(stepName): \(one.words)")
    }
  }

  private struct Row: Comparable {
    let words: [Substring]
    let seconds: Int

    init(_ text: Substring) {
      var words = text.split(separator: " ")
      seconds = words.count > 8 ? Int(words.remove(at: 8)) ?? -1 : -1
      self.words = words
    }

    static func < (left: Row, right: Row) -> Bool {
      left.words == right.words
        ? left.seconds < right.seconds : left.words.lexicographicallyPrecedes(right.words)
    }
  }
}

extension RecordedWalk.Step {
  fileprivate func serviceSettings() throws -> ServiceSettings {
    let numbers = try #require(self.numbers)
    return ServiceSettings(
      scheduler: ByteString(try #require(scheduler)), flags: numbers[0],
      timeout: numbers[1] * UInt32(Instant.ticksPerSecond), netmask: numbers[2])
  }
}

extension RecordedWalk.Service {
  fileprivate func key() throws -> ServiceKey {
    let (family, bits) = try Self.read(address)
    return mark == 0
      ? ServiceKey(family, transport: transport, address: bits, port: port)
      : ServiceKey(family, mark: mark)
  }

  fileprivate static func read(_ text: String) throws -> (AddressFamily, UInt128) {
    switch try #require(IPAddress(ByteString(text))) {
    case .v4(let address): (.ipv4, UInt128(address.bits))
    case .v6(let address): (.ipv6, address.bits)
    }
  }
}

extension RecordedWalk.Server {
  fileprivate func key() throws -> ServerKey {
    let (family, bits) = try RecordedWalk.Service.read(address)
    return ServerKey(family, address: bits, port: port)
  }

  fileprivate var settings: ServerSettings {
    ServerSettings(
      forwarding: numbers[2], weight: weight, upperThreshold: numbers[0],
      lowerThreshold: numbers[1], tunnelKind: UInt8(numbers[3]), tunnelPort: UInt16(numbers[4]),
      tunnelFlags: UInt16(numbers[5]))
  }
}

extension Counters {
  /// In the order of `ipvsadm --stats`.
  fileprivate var numbers: [UInt64] {
    [connections, inboundPackets, outboundPackets, inboundBytes, outboundBytes]
  }
}

extension ServerKey {
  fileprivate func address(_ family: AddressFamily) -> IPAddress {
    family == .ipv4
      ? .v4(IPv4Address(UInt32(truncatingIfNeeded: address))) : .v6(IPv6Address(address))
  }
}
