// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import IPVSNetlinkServer

/// Dumps come in pages of whole messages, and go on across changes.
@Suite struct DumpPagesTests {
  private typealias Bytes = RequestBytes

  private static let services = Bytes.message(4, flags: 0x301, sequence: 9)
  private static let flush = Bytes.message(17, sequence: 10)

  /// A talk about this many services, the first with this many servers.
  private static func talk(services: UInt16, servers: UInt16 = 0) -> Talk {
    let talk = Talk()
    for port in 1...services {
      talk.ask(Bytes.message(1, Bytes.service(port: port, scheduler: "rr")))
    }
    for number in 0..<servers {
      talk.ask(Bytes.message(5, Bytes.service(port: 1) + Bytes.server(number)))
    }
    return talk
  }

  /// The ports of the services or servers in a page, or nil if it is the end of a dump.
  private static func ports(_ page: [UInt8]?) -> [UInt16]? {
    let messages = SentMessage.all(in: page ?? [])
    guard messages.first?.type == 28 else { return nil }
    return messages.map { message in
      let leaves = Leaf.all(inRequest: message.attributes) ?? []
      let isServer = message.command == 5
      let port = leaves.first { $0.path == (isServer ? [2, 1] : [1, 4]) }?.payload ?? []
      return (port.number(UInt16.self, at: isServer ? 2 : 0) ?? 0).bigEndian
    }
  }

  @Test func pagesHoldAsMuchAsFits() throws {
    let talk = Self.talk(services: 300)
    let pages = talk.ask(Self.services)
    let listed = pages.compactMap { Self.ports($0) }
    #expect(listed.joined().sorted() == Array(1...300))
    let length = SentMessage.all(in: try #require(pages.first))[0].bytes.count
    #expect(listed.dropLast().allSatisfy { $0.count == 32768 / length })
    #expect(pages.dropLast().allSatisfy { $0.count <= 32768 })
    #expect(SentMessage.all(in: try #require(pages.last)).map(\.type) == [3])
    #expect(pages.count == listed.count + 1)
    #expect(pages.allSatisfy { page in SentMessage.all(in: page).allSatisfy { $0.flags == 2 } })
  }

  @Test func requestsBehindADumpComeAfterItsFirstPage() {
    let talk = Self.talk(services: 300)
    talk.send(Self.services + Self.flush)
    let first = Self.ports(talk.next())
    #expect(first?.count == 91)
    #expect(SentMessage.all(in: talk.next() ?? []).first?.verdict == 0)
    // A deleted service has no second page.
    #expect(SentMessage.all(in: talk.next() ?? []).first?.type == 3)
    #expect(talk.next() == nil)
  }

  @Test func aDumpMayBeFollowedByAnotherWhenItIsOver() {
    let talk = Self.talk(services: 100)
    talk.send(Self.services)
    _ = talk.next()
    #expect(talk.ask(Self.services).contains { SentMessage.all(in: $0).first?.verdict == 16 })
    #expect(talk.ask(Self.services).count == 3)
  }

  @Test func serversArePagedInTheirOrder() {
    let talk = Self.talk(services: 1, servers: 300)
    let request = Bytes.message(8, flags: 0x301, Bytes.service(port: 1))
    let listed = talk.ask(request).compactMap { Self.ports($0) }
    #expect(Array(listed.joined()) == (0..<300).reversed())
    #expect(listed.count == 4)
  }

  @Test func changesBetweenPagesNeitherLoseNorDoubleOthers() {
    let talk = Self.talk(services: 400)
    talk.send(Self.services)
    var listed: [UInt16] = []
    var page: UInt16 = 0
    let other = Talk.Client()
    while let ports = Self.ports(talk.next()) {
      listed += ports
      page += 1
      talk.ask(Bytes.message(3, Bytes.service(port: 2 * page)), as: other)
      talk.ask(Bytes.message(3, Bytes.service(port: 400 - 2 * page)), as: other)
      talk.ask(Bytes.message(1, Bytes.service(port: 1000 + page, scheduler: "wlc")), as: other)
    }
    #expect(Set(listed).count == listed.count)
    let odd = listed.filter { $0 % 2 == 1 && $0 < 400 }
    #expect(odd.count == 200)
  }

  @Test func aDumpOfServersEndsWithTheirService() {
    let talk = Self.talk(services: 1, servers: 300)
    talk.send(Bytes.message(8, flags: 0x301, Bytes.service(port: 1)))
    #expect(Self.ports(talk.next())?.count == 81)
    talk.ask(Bytes.message(3, Bytes.service(port: 1)), as: Talk.Client())
    #expect(SentMessage.all(in: talk.next() ?? []).first?.type == 3)
    #expect(talk.next() == nil)
  }

  /// In every place of a page, numbers of 64 bits begin at a multiple of 8 bytes.
  @Test func wideNumbersAreAligned() throws {
    let talk = Self.talk(services: 2)
    for (port, scheduler) in [(3, "wlc"), (4, "lblcr"), (5, "none"), (6, "sed")] {
      talk.ask(Bytes.message(1, Bytes.service(port: UInt16(port), scheduler: scheduler)))
    }
    let page = try #require(talk.ask(Self.services).first)
    var found = 0
    for offset in stride(from: 0, to: page.count - 12, by: 4)
    where page.number(UInt32.self, at: offset) == 4 << 16 | 12 {
      #expect(offset % 8 == 4)
      found += 1
    }
    #expect(found == 12)
  }
}
