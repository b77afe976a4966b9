// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSPackets
import IPVSText
import TestSupport
import Testing

@testable import IPVSBalancing

/// Every state that a real kernel's connections went through, their time, and how they counted.
@Suite struct RecordedStatesTests {
  static let walks = RecordingFolder.load("states", as: RecordedStates.self)
    .flatMap(\.content.walks)

  @Test(arguments: walks.indices)
  func goesAsTheKernelWent(_ number: Int) throws {
    let walk = Self.walks[number]
    var director = try director(walk)
    for (number, step) in walk.steps.enumerated() {
      _ = director.receive(packet(step))
      let number = "\(walk.testDescription), walk \(number), step \(number)"
      let rows = director.rows
      let row = rows.last
      #expect(row?.state == step.state, "\(number)")
      if let row, let seconds = step.seconds {
        // The recordings read the time a moment after the packet.
        #expect((seconds...seconds + 1).contains(row.seconds), "\(number)")
      }
      let counts = director.balancer.serverCounts
      #expect(counts.active == step.active, "\(number)")
      // A connection that was scheduled again counts for a tick longer. The recordings do not show when
      // ticks were; here there is none.
      let abandoned = UInt32(max(0, rows.count - 1))
      #expect(
        (counts.inactive - abandoned...counts.inactive).contains(step.inactive), "\(number)")
    }
  }

  private func director(_ walk: RecordedStates.Walk) throws -> DirectorModel {
    var director = DirectorModel()
    director.balancer.settings.secureTcp = walk.secureTCP ?? 0
    director.balancer.settings.connReuseMode = walk.reuseMode
    // It takes a second until another table of states is looked at.
    director.wait(seconds: 1)
    let key = ServiceKey(
      .ipv4, transport: walk.transport == "tcp" ? 6 : 132, address: 0x0a00_0001, port: 80)
    try director.balancer.addService(key, ServiceSettings(scheduler: "rr", netmask: .max))
    try director.balancer.addServer(
      ServerKey(.ipv4, address: 0x0a02_0001, port: 80), to: key,
      ServerSettings(forwarding: walk.forwarding == "masq" ? 0 : 3), HostNetwork())
    return director
  }

  private func packet(_ step: RecordedStates.Step) -> [UInt8] {
    let client: [UInt8] = [198, 51, 100, 7]
    let ends: [[UInt8]] = step.isReply ? [[10, 2, 0, 1], client] : [client, [10, 0, 0, 1]]
    let ports: [UInt8] = step.isReply ? [0, 80, 0x9c, 0x41] : [0x9c, 0x41, 0, 80]
    switch step.packet {
    case .tcp(let letters):
      let values: [Character: UInt8] = ["F": 1, "S": 2, "R": 4, "P": 8, "A": 16]
      let flags = letters.reduce(into: UInt8(0)) { $0 |= values[$1] ?? 0 }
      return .ipv4(6, from: ends[0], to: ends[1], ports + [0, 0, 0, 1, 0, 0, 0, 1, 0x50, flags])
    case .sctp(let chunk):
      return .ipv4(
        132, from: ends[0], to: ends[1], ports + [0, 0, 0, 1, 0, 0, 0, 0, chunk, 0, 0, 4])
    }
  }
}

extension DirectorModel {
  /// The connections as the kernel lists them.
  var rows: [(state: String, seconds: Int)] {
    var text = TextBuffer()
    var cursor = ConnectionCursor()
    while balancer.connectionRows(from: &cursor, limit: 100, into: &text) {}
    return String(decoding: text.bytes, as: UTF8.self).split(separator: "\n").dropFirst().map {
      let words = $0.split(separator: " ")
      return (String(words[7]), Int(words[8]) ?? -1)
    }
  }
}

extension Balancer {
  var serviceKeys: [ServiceKey] {
    var cursor = ServiceCursor()
    var keys: [ServiceKey] = []
    _ = forEachService(from: &cursor) { service in
      keys.append(service.key)
      return true
    }
    return keys
  }

  /// The services that have a server.
  func services(of server: ServerKey) -> [ServiceKey] {
    serviceKeys.filter { key in
      var number = 0
      return !forEachServer(of: key, from: &number) { $0.key != server }
    }
  }

  /// The connections of all servers together.
  var serverCounts: (active: UInt32, inactive: UInt32) {
    var counts: (active: UInt32, inactive: UInt32) = (0, 0)
    for key in serviceKeys {
      var number = 0
      _ = forEachServer(of: key, from: &number) { server in
        counts.active += server.activeConnections
        counts.inactive += server.inactiveConnections
        return true
      }
    }
    return counts
  }
}

extension [UInt8] {
  /// An IPv4 packet with 20 bytes of TCP, or with as many as there are.
  static func ipv4(
    _ transport: UInt8, from source: [UInt8], to destination: [UInt8], _ payload: [UInt8]
  ) -> [UInt8] {
    let payload = payload + [UInt8](repeating: 0, count: Swift.max(0, 20 - payload.count))
    var bytes: [UInt8] =
      [0x45, 0, 0, UInt8(20 + payload.count), 0, 0, 0x40, 0, 64, transport, 0, 0] + source
      + destination + payload
    bytes.finishIPv4()
    return bytes
  }
}
