// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText
import Testing

@testable import IPVSBalancing

/// What tests do with a director, and what they look at.
extension DirectorModel {
  /// A director with one service and a number of servers, 10.2.0.1 first in the order of rr.
  static func serving(
    _ service: ServiceKey = Sample.service(), _ settings: ServiceSettings = Sample.settings(),
    servers: Int = 1, _ server: ServerSettings = ServerSettings()
  ) throws -> DirectorModel {
    var director = DirectorModel()
    try director.add(service, settings, servers: servers, server)
    return director
  }

  mutating func add(
    _ service: ServiceKey, _ settings: ServiceSettings = Sample.settings(), servers: Int = 1,
    _ server: ServerSettings = ServerSettings()
  ) throws {
    try balancer.addService(service, settings)
    for number in (0..<servers).reversed().map({ $0 + 1 }) {
      let port: UInt16 = service.mark == 0 ? service.port : 0
      let key =
        service.family == .ipv4
        ? Sample.server(number, port: port)
        : ServerKey(.ipv6, address: 0x2001_0db8_0002 << 80 | UInt128(number), port: port)
      try balancer.addServer(key, to: service, server, Sample.hostInfo)
    }
  }

  mutating func wait(seconds: UInt64) { wait(ticks: seconds * Instant.ticksPerSecond) }

  mutating func wait(ticks: UInt64) {
    now = now.advanced(byTicks: ticks)
    let isDone = balancer.advance(to: now)
    #expect(isDone)
  }

  /// The server that gets a packet, by the last byte of its address; nil if none does.
  mutating func server(for packet: [UInt8], mark: UInt32 = 0) -> UInt8? {
    receive(packet, mark: mark).toServers.first.map { $0[0] >> 4 == 4 ? $0[19] : $0[39] }
  }

  /// Where a client takes a server's packet to come from: the last number of the address.
  mutating func source(of packet: [UInt8]) -> UInt8? {
    receive(packet).toClients.first.map { $0[0] >> 4 == 4 ? $0[15] : $0[23] }
  }

  /// The rows of connections in the order of their text, without the seconds to their end.
  var table: [String] {
    timedTable.map { $0.split(separator: " ").prefix(8).joined(separator: " ") }
  }

  /// The rows of connections in the order of their text.
  var timedTable: [String] {
    balancer.rowsOfConnections.sorted()
  }
}

extension Balancer {
  /// All connections and templates.
  var allConnections: [Connection] {
    var all: [Connection] = []
    var slot: UInt32 = 0
    while let index = connections.next(from: &slot) { all.append(connections[index]) }
    return all
  }

  /// The rows of connections, each cut to its words.
  var rowsOfConnections: [String] {
    var text = TextBuffer()
    var cursor = ConnectionCursor()
    while connectionRows(from: &cursor, limit: 100, into: &text) {}
    return String(decoding: text.bytes, as: UTF8.self).split(separator: "\n").dropFirst().map {
      $0.split(separator: " ").joined(separator: " ")
    }
  }
}

extension Sample {
  static func service6(_ port: UInt16 = 80, transport: UInt16 = 6) -> ServiceKey {
    ServiceKey(.ipv6, transport: transport, address: 0x2001_0db8 << 96 | 1, port: port)
  }
}

extension ServiceSettings {
  static var ipv6: ServiceSettings { ServiceSettings(scheduler: "rr", netmask: 128) }

  /// Persistence with a timeout in seconds.
  static func persistent(
    _ seconds: UInt32 = 300, netmask: UInt32 = .max, flags: UInt32 = 0
  ) -> ServiceSettings {
    ServiceSettings(scheduler: "rr", flags: flags | 1, timeout: seconds * 100, netmask: netmask)
  }
}
