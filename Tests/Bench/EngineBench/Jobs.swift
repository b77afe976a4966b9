// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSBalancing
import IPVSText

/// Packets of established connections, in random order.
enum Established {
  static func run(connections: Int, packets: Int, traffic: Traffic) {
    var site = Site(traffic, servers: traffic == .reply ? 1 : 8)
    site.establish(connections)
    site.exchange(packets, clients: connections)
    Bench.report("nanoseconds", Double(site.time) / Double(packets))
  }
}

/// New connections while the table grows, again and again from an empty one.
///
/// Of several rounds the first is not counted: it includes the first touch of the memory, which on a virtual
/// machine can cost more than the director's work.
enum Growing {
  static func run(connections: Int, rounds: Int) {
    var time: UInt64 = 0
    var bytes = 0
    for round in 0..<rounds {
      var site = Site(servers: 8)
      let before = Bench.memory()
      site.open(connections)
      if round == 0 { bytes = Bench.memory() - before }
      if round > 0 || rounds == 1 { time += site.time }
    }
    Bench.report("nanoseconds", Double(time) / Double(connections * max(1, rounds - 1)))
    Bench.report("bytes", Double(bytes) / Double(connections))
  }
}

/// Connections that are all due at once, ended in parts as in the engine's loop.
enum Expiry {
  static func run(connections: Int) {
    var site = Site(servers: 8)
    site.open(connections)
    var longest: UInt64 = 0
    var time: UInt64 = 0
    var isDone = false
    while !isDone {
      let begin = Bench.clock()
      isDone = site.balancer.advance(to: Instant(seconds: 62), limit: Balancer.endingsAtOnce)
      let spent = Bench.clock() - begin
      longest = max(longest, spent)
      time += spent
    }
    Bench.report("nanoseconds", Double(time) / Double(connections))
    Bench.report("longest-milliseconds", Double(longest) / 1e6)
  }
}

/// The table of mh: making it, and choosing by it.
enum Maglev {
  /// The flag `mh-port`: the hash includes the client's port.
  private static let byPort: UInt32 = 0x10

  static func run(servers: Int, choices: Int) {
    var site = Site(scheduler: "mh", flags: byPort, servers: servers)
    let service = Traffic.request.service()
    var fastest = UInt64.max
    for port in 1...20 {
      let key = ServerKey(.ipv4, address: 0xac11_0001, port: UInt16(port))
      do {
        let start = Bench.clock()
        try site.balancer.addServer(key, to: service, ServerSettings(), HostNetwork())
        fastest = min(fastest, Bench.clock() - start)
        try site.balancer.deleteServer(key, of: service)
      } catch { preconditionFailure("\(error)") }
    }
    site.open(choices)
    Bench.report("build-milliseconds", Double(fastest) / 1e6)
    Bench.report("nanoseconds", Double(site.time) / Double(choices))
  }
}

/// New connections where there are many services: all to the first one, or each to one drawn at random.
enum Services {
  static func run(services: Int, connections: Int, isMixed: Bool) {
    var site = Site(scheduler: "rr", servers: 1)
    let start = Bench.clock()
    for number in 1..<services { site.addService(number, "rr", flags: 0, servers: 1) }
    Bench.report("nanoseconds-to-add", Double(Bench.clock() - start) / Double(services))
    site.open(connections, services: isMixed ? services : 1)
    Bench.report("nanoseconds", Double(site.time) / Double(connections))
  }
}
