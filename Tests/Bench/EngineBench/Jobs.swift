import IPVSAddresses
import IPVSBalancing
import IPVSPackets
import IPVSText

private func settings(_ scheduler: ByteString, flags: UInt32 = 0) -> ServiceSettings {
  ServiceSettings(scheduler: scheduler, flags: flags, netmask: .max)
}

/// Packets of connections that there are, in random order.
enum Established {
  static func run(connections: Int, packets: Int) {
    var site = Site(settings("wlc"), servers: 8)
    site.open(0..<connections)
    var draw = Draw()
    var done = 0
    var time: UInt64 = 0
    while done < packets {
      for place in 0..<Site.batch {
        site.make(place, client: draw.next(below: connections), flags: 0x10)
      }
      let start = Bench.clock()
      let passed = site.sendBatch(Site.batch)
      time += Bench.clock() - start
      precondition(passed == Site.batch, "a packet was lost")
      done += Site.batch
    }
    Bench.report("nanoseconds", Double(time) / Double(done))
  }
}

/// New connections while the table grows.
enum Growing {
  static func run(connections: Int) {
    var site = Site(settings("wlc"), servers: 8)
    let before = Bench.memory()
    var longest: UInt64 = 0
    let start = Bench.clock()
    var making: UInt64 = 0
    var next = 0
    while next < connections {
      let count = min(Site.batch, connections - next)
      let pause = Bench.clock()
      for place in 0..<count { site.make(place, client: next + place, flags: 0x02) }
      let begin = Bench.clock()
      making += begin - pause
      precondition(site.sendBatch(count) == count, "a connection was refused")
      longest = max(longest, Bench.clock() - begin)
      next += count
    }
    let time = Bench.clock() - start - making
    Bench.report("nanoseconds", Double(time) / Double(connections))
    Bench.report("longest-batch-milliseconds", Double(longest) / 1e6)
    Bench.report("bytes", Double(Bench.memory() - before) / Double(connections))
  }
}

/// Connections that are all due at once.
enum Expiry {
  static func run(connections: Int, limit: Int) {
    var site = Site(settings("wlc"), servers: 8)
    site.open(0..<connections)
    var longest: UInt64 = 0
    let start = Bench.clock()
    var isDone = false
    while !isDone {
      let begin = Bench.clock()
      isDone = site.balancer.advance(to: Instant(seconds: 62), limit: limit)
      longest = max(longest, Bench.clock() - begin)
    }
    Bench.report("nanoseconds", Double(Bench.clock() - start) / Double(connections))
    Bench.report("longest-milliseconds", Double(longest) / 1e6)
  }
}

/// The table of mh: making it, and choosing by it.
enum Maglev {
  static func run(servers: Int, choices: Int) {
    var site = Site(settings("mh", flags: 0x10), servers: servers)
    var fastest = UInt64.max
    for port in 1...20 {
      let key = ServerKey(.ipv4, address: 0xac11_0001, port: UInt16(port))
      let start = Bench.clock()
      try? site.balancer.addServer(key, to: Site.service, ServerSettings(), PlainSurroundings())
      fastest = min(fastest, Bench.clock() - start)
      try? site.balancer.deleteServer(key, of: Site.service)
    }
    Bench.report("build-milliseconds", Double(fastest) / 1e6)
    let start = Bench.clock()
    site.open(0..<choices)
    Bench.report("nanoseconds", Double(Bench.clock() - start) / Double(choices))
  }
}

/// New connections of many services.
enum Services {
  static func run(services: Int, connections: Int) {
    var site = Site(settings("rr"), servers: 1)
    let own = ServerKey(.ipv4, address: 0xac10_0003, port: 80)
    let start = Bench.clock()
    for number in 0..<services {
      let key = ServiceKey(.ipv4, transport: 6, address: 0x0b00_0000 + UInt128(number), port: 80)
      do {
        try site.balancer.addService(key, settings("rr"))
        try site.balancer.addServer(own, to: key, ServerSettings(), PlainSurroundings())
      } catch { preconditionFailure("\(error)") }
    }
    Bench.report("nanoseconds-to-add", Double(Bench.clock() - start) / Double(services))
    let begin = Bench.clock()
    site.open(0..<connections)
    Bench.report("nanoseconds", Double(Bench.clock() - begin) / Double(connections))
  }
}
