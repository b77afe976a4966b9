// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSAddresses
import IPVSClient
import IPVSMessages
import IPVSNetlinkFormat
import IPVSRules
import IPVSSockets
import IPVSText
import TestSupport
import Testing

/// Reading without errors.
@Suite struct DirectorReadingTests {
  @Test("timeouts are one request and one reply")
  func timeouts() {
    let transport = ScriptedTransport([.datagram([.reply(Sample.timeouts)])])
    let result = ask(transport) { director throws(DirectorError) in try director.timeouts() }
    #expect(result == .success(Timeouts(tcp: 900, tcpFin: 120, udp: 300)))
    #expect(transport.sent.map { $0.map(\.command) } == [[13]])
    #expect(transport.sent.joined().map(\.flags) == [0x1])
  }

  @Test("info")
  func info() {
    let result = ask([.datagram([.reply(Sample.info)])]) { director throws(DirectorError) in
      try director.info()
    }
    #expect(result == .success(KernelInfo(version: 0x010201, connectionTableSize: 4096)))
  }

  @Test("daemons, the master first")
  func daemons() throws {
    let transport = ScriptedTransport([
      .datagram(Sample.daemons.map { .entry($0) }), .datagram([.end()]),
    ])
    let found = try ask(transport) { director throws(DirectorError) in try director.daemons() }
      .get()
    #expect(found.map(\.role) == [.master, .backup])
    #expect(found.map(\.syncID) == [7, 8])
    #expect(transport.sent.joined().map(\.flags) == [0x301])
  }

  @Test("a service with its servers, in the kernel's order")
  func service() throws {
    let transport = ScriptedTransport([
      .datagram([.reply(Sample.service)]), .datagram(Sample.servers.map { .entry($0) }),
      .datagram([.end()]),
    ])
    let found = try ask(transport) { director throws(DirectorError) in
      try director.service(Sample.identity(80))
    }.get()
    #expect(found.service.identity == Sample.identity(80))
    #expect(try found.servers == Sample.servers.map(Self.server))
    #expect(found.servers.count == 30)
    // The request names the service without its settings.
    #expect(transport.sent.joined().map(\.command) == [4, 8])
    for message in transport.sent.joined() {
      #expect(Leaf.all(inRequest: message.attributes)?.map(\.path).count == 4)
    }
  }

  @Test("no such service")
  func noService() {
    let result = ask([.datagram([.refused(ESRCH)])]) { director throws(DirectorError) in
      try director.service(Sample.identity(9))
    }
    #expect(result == .failure(.refused(errno: ESRCH)))
  }

  @Test("an empty table")
  func empty() {
    let result = ask([.datagram([.end()])]) { director throws(DirectorError) in
      try director.services()
    }
    #expect(result == .success([]))
  }

  @Test("a table in one datagram, in one for each entry, or in anything between", arguments: 1...34)
  func pages(size: Int) throws {
    let answers = Sample.services.map { Answer.entry($0) } + [.end()]
    let script = stride(from: 0, to: answers.count, by: size).map { start in
      ScriptedTransport.Step.datagram(Array(answers[start..<min(start + size, answers.count)]))
    }
    let transport = ScriptedTransport(script)
    let found = try ask(transport) { director throws(DirectorError) in try director.services() }
      .get()
    #expect(try found == Sample.services.map(Self.service))
    #expect(transport.sent.count == 1)
    #expect(transport.stepsLeft == 0)
  }

  @Test("a huge table in pages of 32 KiB")
  func huge() throws {
    let entry = Answer.entry(Sample.service)
    let page = ScriptedTransport.Step.datagram([Answer](repeating: entry, count: 90))
    let script = [ScriptedTransport.Step](repeating: page, count: 60) + [.datagram([.end()])]
    let found = try ask(script) { director throws(DirectorError) in try director.services() }.get()
    #expect(found.count == 5400)
    let one = try Self.service(Sample.service)
    #expect(found.allSatisfy { $0 == one })
  }

  @Test("a snapshot is info, services, and each one's servers, over one socket")
  func snapshot() throws {
    var commands: [UInt8] = []
    let transport = AnsweringTransport { requests in
      commands += requests.compactMap(\.command)
      let answers: [Answer] =
        switch requests.first?.command {
        case 15: [.reply(Sample.info)]
        case 4: Sample.services.map { .entry($0) } + [.end()]
        case 8: (Sample.isForFirst(requests) ? Sample.servers.map { .entry($0) } : []) + [.end()]
        default: [.refused(EOPNOTSUPP)]
        }
      return [.datagram(ScriptedTransport.datagram(answers, to: requests))]
    }
    let found = try ask(transport) { director throws(DirectorError) in try director.snapshot() }
      .get()
    #expect(found.kernel.version == 0x010201)
    #expect(
      try found.services.map(\.service) == Sample.services.map { try Self.service($0).service })
    let filled = found.services.filter { !$0.servers.isEmpty }
    #expect(filled.map(\.service.identity) == [Sample.identity(80)])
    #expect(try filled.first?.servers == Sample.servers.map(Self.server))
    #expect(commands == [15, 4] + [UInt8](repeating: 8, count: Sample.services.count))
  }

  private static func service(_ body: [UInt8]) throws -> ListedService {
    try ServiceMessage.read(body.span.bytes)
  }

  private static func server(_ body: [UInt8]) throws -> ListedServer {
    try ServerMessage.read(body.span.bytes, ofServiceIn: .ipv4)
  }
}

extension Sample {
  /// Whether the servers of 10.0.0.1:80 are asked for.
  fileprivate static func isForFirst(_ requests: [SentMessage]) -> Bool {
    guard let leaves = requests.first.flatMap({ Leaf.all(inRequest: $0.attributes) }) else {
      return false
    }
    let address = Leaf([1, 3], [10, 0, 0, 1] + [UInt8](repeating: 0, count: 12))
    return leaves.isSuperset(of: [address, Leaf([1, 2], [6, 0]), Leaf([1, 4], [0, 80])])
  }
}
