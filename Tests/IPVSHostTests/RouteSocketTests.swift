// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSHost
import IPVSNetlinkFormat
import IPVSSockets
import IPVSText
import TestSupport
import Testing

/// Questions to rtnetlink, byte by byte.
@Suite struct RouteSocketTests {
  @Test("this kernel has a loopback with its address, which is local by its route")
  func kernel() throws {
    var socket = try RouteSocket(.kernel)
    let loopback = try #require(try socket.links().first { $0.flags.contains(.loopback) })
    #expect(loopback.name == "lo")
    #expect(loopback.mtu > 0)
    let own = IPAddress.of("127.0.0.1")
    #expect(try socket.addresses().contains { $0.address == own && $0.link == loopback.index })
    let answers = try socket.routes([
      RouteQuestion(own), RouteQuestion(.of("224.0.0.81"), outputLink: loopback.index),
    ])
    #expect(answers[0].route?.kind == .local)
    #expect(answers[0].route?.link == loopback.index)
    #expect(try socket.neighbours([NeighbourQuestion(own, on: loopback.index)]).count == 1)
  }

  @Test("a link is read with its kind and what is attached to it")
  func links() throws {
    var asked: [SentMessage] = []
    var socket = try RouteSocket(
      Messages.peer { requests in
        asked = requests
        return [
          .entry(Messages.link(3, "tunl0", flags: 0x81, mtu: 1480, kind: "ipip")),
          .entry(Messages.link(7, "eth0", xdp: 1)), .end(),
        ]
      })
    let links = try socket.links()
    #expect(asked.map(\.type) == [18])
    #expect(asked.map(\.flags) == [0x301])
    #expect(asked[0].payload == [UInt8](repeating: 0, count: 16))
    #expect(links.map(\.name) == ["tunl0", "eth0"])
    #expect(links.map(\.kind) == ["ipip", nil])
    #expect(links.map(\.mtu) == [1480, 1500])
    #expect(links.map(\.hasXDP) == [false, true])
    #expect(links[0].flags == [.up, .noARP])
    #expect(links[1].flags.isSuperset(of: [.up, .multicast, .lowerUp]))
  }

  @Test("an address is read with its flags of 32 bits; those of other families do not count")
  func addresses() throws {
    var packet = Messages.address(.of("192.0.2.1"), prefix: 24, link: 2)
    packet[0] = 17
    var socket = try RouteSocket(
      Messages.peer { _ in
        [
          .entry(Messages.address(.of("192.0.2.1"), prefix: 24, link: 2)),
          .entry(Messages.address(.of("2001:db8::1"), prefix: 64, link: 3, flags: 0x248)),
          .entry(packet), .end(),
        ]
      })
    let addresses = try socket.addresses()
    #expect(addresses.map(\.address) == [.of("192.0.2.1"), .of("2001:db8::1")])
    #expect(addresses.map(\.link) == [2, 3])
    #expect(addresses[1].flags.isSuperset(of: [.duplicate, .tentative]))
    #expect(addresses[0].network?.contains(.of("192.0.2.99")) == true)
  }

  @Test("routes are asked for in one datagram, and each answer comes to its question")
  func routes() throws {
    var sent: [[SentMessage]] = []
    var socket = try RouteSocket(
      Messages.peer { requests in
        sent.append(requests)
        // Out of order, as the kernel never answers, and with messages about nothing that was asked.
        return [
          .refused(101, 2), .reply([]).astray,
          Answer(
            .reply(
              Messages.route(
                .ipv4, kind: 1, Messages.attribute(4, Messages.number(Int32(2))),
                Messages.attribute(5, [192, 0, 2, 254]), Messages.attribute(7, [192, 0, 2, 1]),
                Messages.attribute(
                  8,
                  Messages.attribute(2, Messages.number(UInt32(1400)))
                    + Messages.attribute(8, Messages.number(UInt32(1360)))))), place: 1),
          Answer(.reply(Messages.route(.ipv6, kind: 2)), place: 0),
        ]
      })
    let answers = try socket.routes([
      RouteQuestion(.of("2001:db8::1")),
      RouteQuestion(.of("198.51.100.1"), from: .of("10.0.0.1"), inputLink: 4, mark: 7),
      RouteQuestion(.of("198.51.100.2"), outputLink: 5),
    ])
    #expect(sent.map(\.count) == [3])
    #expect(sent[0].allSatisfy { $0.type == 26 && $0.flags == 1 })
    #expect(
      sent[0][1].payload
        == [2, 32, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        + Messages.attribute(1, [198, 51, 100, 1]) + Messages.attribute(2, [10, 0, 0, 1])
        + Messages.attribute(3, Messages.number(Int32(4)))
        + Messages.attribute(16, Messages.number(UInt32(7))))
    #expect(
      sent[0][2].payload.suffix(8) == Messages.attribute(4, Messages.number(Int32(5)))[...])
    #expect(answers[0] == .route(Route(.local, origin: 9)))
    #expect(
      answers[1].route
        == Route(
          .unicast, link: 2, gateway: .of("192.0.2.254"), preferredSource: .of("192.0.2.1"),
          mtu: 1400, advertisedMSS: 1360, origin: 9))
    #expect(answers[2] == .refused(errno: 101))
  }

  @Test("a router of the other family is a gateway")
  func otherFamily() throws {
    let router = IPAddress.of("fe80::1")
    var socket = try RouteSocket(
      Messages.peer { _ in
        [
          .reply(
            Messages.route(
              .ipv4, kind: 1,
              Messages.attribute(18, Messages.number(UInt16(10)) + router.octets)))
        ]
      })
    #expect(try socket.routes([RouteQuestion(.of("10.0.0.1"))])[0].route?.gateway == router)
  }

  @Test("a thousand questions go out in batches")
  func batches() throws {
    var sizes: [Int] = []
    var socket = try RouteSocket(
      Messages.peer { requests in
        sizes.append(requests.count)
        return requests.indices.map { Answer(.reply(Messages.route(.ipv4, kind: 2)), place: $0) }
      })
    let questions = (0..<1000).map { RouteQuestion(.v4(IPv4Address(UInt32($0)))) }
    #expect(try socket.routes(questions).allSatisfy { $0.route?.kind == .local })
    #expect(sizes.reduce(0, +) == 1000)
    #expect(sizes.count < 20)
  }

  @Test("a neighbour is asked for by its link; one that the kernel never asked is none")
  func neighbours() throws {
    var sent: [SentMessage] = []
    let host = IPAddress.of("192.0.2.11")
    var socket = try RouteSocket(
      Messages.peer { requests in
        sent = requests
        return [.reply(Messages.neighbour(host, link: 2, state: 0x20)), .refused(2, 1)]
      })
    let states = try socket.neighbours([
      NeighbourQuestion(host, on: 2), NeighbourQuestion(.of("192.0.2.12"), on: 2),
    ])
    #expect(states == [.failed, nil])
    #expect(
      sent[0].payload
        == [2, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0] + Messages.attribute(1, host.octets))
  }

  @Test("a kernel before Linux 5.0 is asked for all neighbours")
  func oldNeighbours() throws {
    let host = IPAddress.of("192.0.2.11")
    var socket = try RouteSocket(
      Messages.peer { requests in
        requests[0].flags & 0x300 == 0
          ? requests.indices.map { .refused(95, $0) }
          : [
            .entry(Messages.neighbour(.of("192.0.2.12"), link: 2, state: 2)),
            .entry(Messages.neighbour(host, link: 3, state: 2)),
            .entry(Messages.neighbour(host, link: 2, state: 4)), .end(),
          ]
      })
    let states = try socket.neighbours([
      NeighbourQuestion(host, on: 2), NeighbourQuestion(.of("192.0.2.13"), on: 2),
    ])
    #expect(states == [.stale, nil])
  }

  // MARK: - What goes wrong

  /// The links that are read where the first answers are these.
  private func links(after first: [Answer]...) throws(HostError) -> [Link] {
    var answers = first[...]
    var socket = try RouteSocket(
      Messages.peer { _ in answers.popFirst() ?? [.entry(Messages.link(1, "lo")), .end()] })
    return try socket.links()
  }

  @Test("a table that changes while it is read, or is busy, is read again")
  func again() throws {
    let torn: [Answer] = [.entry(Messages.link(9, "gone"), flags: Answer.interrupted), .end()]
    #expect(try links(after: torn).map(\.name) == ["lo"])
    #expect(try links(after: [.refused(16)]).map(\.name) == ["lo"])
    #expect(try links(after: [.entry(Messages.link(9, "gone")), .end(4)]).map(\.name) == ["lo"])
    #expect(throws: HostError.unsteady(attempts: 5)) {
      try links(after: torn, torn, torn, torn, torn)
    }
  }

  @Test("a refusal, a broken entry, and silence are errors")
  func faults() {
    #expect(throws: HostError.refused(errno: 1)) { try links(after: [.refused(1)]) }
    #expect(throws: HostError.refused(errno: 105)) { try links(after: [.end(105)]) }
    #expect(throws: HostError.self) { try links(after: [.entry([0, 0, 0])]) }
    #expect(
      throws: HostError.malformed(.attributeLength(type: 3, claimed: 0xffff, available: 8))
    ) {
      try links(after: [.entry([UInt8](repeating: 0, count: 16) + [0xff, 0xff, 3, 0, 1, 2, 3, 4])])
    }
    #expect(throws: HostError.socket(.silence)) {
      var socket = try RouteSocket(.transport(ScriptedTransport()))
      _ = try socket.links()
    }
    #expect(throws: HostError.socket(.silence)) {
      var socket = try RouteSocket(.transport(ScriptedTransport()))
      _ = try socket.routes([RouteQuestion(.of("10.0.0.1"))])
    }
  }

  @Test("an engine speaks generic netlink alone")
  func engine() {
    #expect(throws: HostError.socket(.refused(errno: 93))) {
      _ = try RouteSocket(.engine(path: Array("/no/such/engine".utf8)))
    }
  }

  @Test("no answer crashes the reader or keeps it for ever")
  func fuzz() {
    var seed = Seed(for: "answers of rtnetlink")
    let whole: [[Answer]] = [
      [.entry(Messages.link(3, "tunl0", kind: "ipip")), .entry(Messages.link(4, "eth0")), .end()],
      [.entry(Messages.address(.of("2001:db8::1"), prefix: 64, link: 3)), .end()],
      [
        .reply(
          Messages.route(
            .ipv4, kind: 1, Messages.attribute(4, Messages.number(Int32(2))),
            Messages.attribute(18, [2, 0, 1, 2, 3, 4]),
            Messages.attribute(8, Messages.attribute(2, Messages.number(UInt32(1400))))))
      ],
      [.reply(Messages.neighbour(.of("192.0.2.11"), link: 2, state: 0x20))],
    ]
    for _ in 0..<Seed.cases(usually: 4000) {
      let kind = Int.random(in: 0..<4, using: &seed)
      let transport = AnsweringTransport { requests in
        let bytes = ScriptedTransport.datagram(whole[kind], to: requests)
        return [.datagram(seed.injured(bytes)), .datagram(seed.injured(bytes))]
      }
      guard var socket = try? RouteSocket(.transport(transport)) else {
        Issue.record("no socket")
        return
      }
      switch kind {
      case 0: _ = try? socket.links()
      case 1: _ = try? socket.addresses()
      case 2: _ = try? socket.routes([RouteQuestion(.of("192.0.2.11"))])
      default: _ = try? socket.neighbours([NeighbourQuestion(.of("192.0.2.11"), on: 2)])
      }
    }
  }
}
