// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSClient
import IPVSNetlinkFormat
import IPVSRules
import IPVSSockets
import TestSupport
import Testing

/// Answers that are wrong or missing. A table is read whole or not at all.
@Suite struct DirectorTroubleTests {
  typealias Step = ScriptedTransport.Step

  struct Row<Value: Sendable>: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let script: [Step]
    let expected: Result<Value, DirectorError>

    init(_ name: String, _ script: [Step], _ expected: Result<Value, DirectorError>) {
      testDescription = name
      self.script = script
      self.expected = expected
    }
  }

  private static let timeouts = Timeouts(tcp: 900, tcpFin: 120, udp: 300)
  private static let reply = Answer.reply(Sample.timeouts)

  static let singleReplies: [Row<Timeouts>] = [
    Row(
      "the reply, after those to others",
      [
        .datagram([reply.astray, Answer.refused(EPERM).astray]), .datagram([.end().astray, reply]),
      ],
      .success(timeouts)),
    Row(
      "the reply twice, and an acknowledgement", [.datagram([reply, reply, .done()])],
      .success(timeouts)),
    Row("the reply and then an error", [.datagram([reply, .refused(EIO)])], .success(timeouts)),
    Row(
      "an error and then the reply", [.datagram([.refused(EIO), reply])],
      .failure(.refused(errno: EIO))),
    Row("a refusal", [.datagram([.refused(EPERM)])], .failure(.refused(errno: EPERM))),
    Row("silence", [], .failure(.socket(.silence))),
    Row("only replies to others", [.datagram([reply.astray])], .failure(.socket(.silence))),
    Row("replies lost", [.failed(errno: ENOBUFS)], .failure(.socket(.overrun))),
    Row("the other end closes", [.bytes([])], .failure(.socket(.closed))),
    Row(
      "the network fails", [.failed(errno: ENETDOWN)],
      .failure(.socket(.refused(errno: ENETDOWN)))),
    Row("noise", [.bytes([0xff, 0xff])], .failure(.socket(.malformed))),
    Row("a reply cut in its header", [.cut([reply], to: 12)], .failure(.socket(.malformed))),
    Row("a reply cut in its body", [.cut([reply], to: 40)], .failure(.socket(.malformed))),
    Row(
      "a reply of another command", [.datagram([.reply(Sample.info)])],
      .failure(.answer(.commandUnexpected(14)))),
    Row(
      "a reply without a command", [.datagram([.reply([])])],
      .failure(.answer(.messageLength(claimed: 4, available: 0)))),
    Row(
      "an acknowledgement alone", [.datagram([.done()])],
      .failure(.answer(.messageLength(claimed: 4, available: 0)))),
    Row(
      "a reply with an attribute that is cut off",
      [.datagram([.reply(Array(Sample.timeouts.prefix(10)))])],
      .failure(.answer(.attributeLength(type: 4, claimed: 8, available: 6)))),
  ]

  @Test("a request with one reply", arguments: singleReplies)
  func singleReply(_ row: Row<Timeouts>) {
    let result = ask(row.script) { director throws(DirectorError) in try director.timeouts() }
    #expect(result == row.expected)
  }

  private static let ports: [UInt16] = [7, 8]
  private static let master = Answer.entry(Sample.daemons[0])
  private static let backup = Answer.entry(Sample.daemons[1])
  private static let marked = Answer.entry(Sample.daemons[0], flags: Answer.interrupted)
  private static let clean: [Step] = [.datagram([master, backup]), .datagram([.end()])]

  /// The answers to all attempts to read a table.
  private static func five(_ steps: [Step]) -> [Step] {
    [[Step]](repeating: steps, count: 5).flatMap { $0 }
  }

  private static func unreadable(
    _ last: DirectorError.DumpFailure
  ) -> Result<[UInt32], DirectorError> {
    .failure(.tableUnreadable(attempts: 5, last: last))
  }

  /// Dumps of two daemons, with sync ids 7 and 8.
  static let dumps: [Row<[UInt32]>] = [
    Row("clean", clean, .success([7, 8])),
    Row("in one datagram", [.datagram([master, backup, .end()])], .success([7, 8])),
    Row(
      "not marked as parts",
      [
        .datagram([.reply(Sample.daemons[0])]), .datagram([.reply(Sample.daemons[1])]),
        .datagram([Answer(.end(0))]),
      ], .success([7, 8])),
    Row(
      "entries of another dump among its own",
      [.datagram([backup.astray, master, .end().astray]), .datagram([backup, .end()])],
      .success([7, 8])),
    Row(
      "an error for another request before its entries, in one datagram",
      [.datagram([Answer.refused(EPERM).astray, master]), .datagram([backup, .end()])],
      .success([7, 8])),
    Row("an acknowledgement before its entries", [.datagram([.done()])] + clean, .success([7, 8])),
    Row(
      "an acknowledgement in the middle is no end", [.datagram([master, .done()])],
      .failure(.socket(.silence))),
    Row("entries after its end", [.datagram([master, .end(), backup])], .success([7])),
    Row("refused", [.datagram([.refused(EPERM)])], .failure(.refused(errno: EPERM))),
    Row(
      "interrupted, then clean", [.datagram([marked, backup]), .datagram([.end()])] + clean,
      .success([7, 8])),
    Row(
      "interrupted in its last message",
      [
        .datagram([master]), .datagram([Answer(.end(0), flags: 0x12)]),
      ] + clean, .success([7, 8])),
    Row(
      "interrupted in every page, then clean",
      [.datagram([marked]), .datagram([marked]), .datagram([marked, .end()])] + clean,
      .success([7, 8])),
    Row(
      "interrupted each time", five([.datagram([marked, .end()])]),
      unreadable(.socket(.interrupted))),
    Row(
      "interrupted four times",
      Array(five([.datagram([marked, .end()])]).dropLast()) + clean, .success([7, 8])),
    Row(
      "another dump is interrupted", [.datagram([marked.astray])] + clean,
      .success([7, 8])),
    Row(
      "an error in the middle, then clean",
      [.datagram([master]), .datagram([.end(ENOMEM)])]
        + clean, .success([7, 8])),
    Row(
      "an error in the middle each time", five([.datagram([master, .end(ENOMEM)])]),
      unreadable(.ended(errno: ENOMEM))),
    Row(
      "an error message in the middle, then clean",
      [.datagram([master, .refused(ENOMEM)])] + clean, .success([7, 8])),
    Row(
      "an error message in the middle each time", five([.datagram([master, .refused(EIO)])]),
      unreadable(.ended(errno: EIO))),
    Row(
      "entries lost, then clean", [.datagram([master]), .failed(errno: ENOBUFS)] + clean,
      .success([7, 8])),
    Row(
      "entries lost twice, and the rest of each before the next",
      [
        .datagram([master]), .failed(errno: ENOBUFS), .late([backup]), .late([.end()]),
        .failed(errno: ENOBUFS), .late([backup, .end()]),
      ] + clean, .success([7, 8])),
    Row(
      "entries lost each time", five([.datagram([master]), .failed(errno: ENOBUFS)]),
      unreadable(.socket(.overrun))),
    Row(
      "noise in the middle, then clean", [.datagram([master]), .bytes([1])] + clean,
      .success([7, 8])),
    Row(
      "noise each time, with entries before it that are not the next one's",
      five([.datagram([master]), .bytes([1])]), unreadable(.socket(.malformed))),
    Row(
      "cut off each time", five([.cut([master, backup], to: 100)]),
      unreadable(.socket(.malformed))),
    Row(
      "the second entry cut, then clean", [.cut([master, backup], to: 90)] + clean,
      .success([7, 8])),
    Row("silence in the middle", [.datagram([master])], .failure(.socket(.silence))),
    Row("silence from the beginning", [], .failure(.socket(.silence))),
    Row(
      "the other end closes in the middle", [.datagram([master]), .bytes([])],
      .failure(.socket(.closed))),
    Row(
      "an entry of another command, then clean",
      [.datagram([master, .entry(Sample.service), .end()])] + clean, .success([7, 8])),
    Row(
      "an entry of another command each time", five([.datagram([.entry(Sample.service), .end()])]),
      unreadable(.answer(.commandUnexpected(1)))),
    Row(
      "an entry that is cut off each time",
      five([.datagram([.entry(Array(Sample.daemons[0].prefix(30))), backup, .end()])]),
      unreadable(.answer(.attributeLength(type: 3, claimed: 60, available: 26)))),
    Row(
      "an entry without a command each time", five([.datagram([.entry([]), .end()])]),
      unreadable(.answer(.messageLength(claimed: 4, available: 0)))),
  ]

  @Test("a dump", arguments: dumps)
  func dump(_ row: Row<[UInt32]>) {
    let transport = ScriptedTransport(row.script)
    let result = ask(transport) { director throws(DirectorError) in
      try director.daemons().map(\.syncID)
    }
    #expect(result == row.expected)
    #expect(transport.stepsLeft == 0)
    #expect(transport.lookUps == 1)
  }

  @Test("a snapshot fails where any of its parts does", arguments: 0..<3)
  func snapshot(part: Int) {
    let parts: [Step] = [
      .datagram([.reply(Sample.info)]), .datagram([.entry(Sample.service), .end()]),
      .datagram(Sample.servers.map { .entry($0) } + [.end()]),
    ]
    let script = Array(parts[..<part]) + [.failed(errno: ECONNRESET)]
    let result = ask(script) { director throws(DirectorError) in try director.snapshot() }
    #expect(result == .failure(.socket(.closed)))
  }

  @Test("a service fails where its servers cannot be read")
  func service() {
    let result = ask([.datagram([.reply(Sample.service)])]) { director throws(DirectorError) in
      try director.service(Sample.identity(80))
    }
    #expect(result == .failure(.socket(.silence)))
  }

  static let lookUps: [Row<Bool>] = [
    Row("no IPVS", [.datagram([.refused(ENOENT)])], .failure(.ipvsAbsent(loader: nil))),
    Row(
      "not allowed", [.datagram([.refused(EPERM)])],
      .failure(.unreachable(.refused(errno: EPERM)))),
    Row("silence", [], .failure(.unreachable(.silence))),
    Row("the other end closes", [.bytes([])], .failure(.unreachable(.closed))),
    Row("noise", [.bytes([9])], .failure(.unreachable(.malformed))),
    Row(
      "an acknowledgement without an answer", [.datagram([.done()])],
      .failure(.unreachable(.malformed))),
  ]

  @Test("opening a director", arguments: lookUps)
  func opening(_ row: Row<Bool>) {
    let transport = ScriptedTransport(lookUp: .script(row.script))
    let result = ask(transport) { _ throws(DirectorError) in true }
    #expect(result == row.expected)
    #expect(transport.sent.isEmpty)
  }

  @Test("a director can be used after an error")
  func goesOn() {
    let script: [Step] =
      [.datagram([Self.reply.astray]), .failed(errno: ETIMEDOUT), .datagram([Self.reply])]
    var first: DirectorError?
    let result = ask(script) { director throws(DirectorError) in
      do throws(DirectorError) { _ = try director.timeouts() } catch { first = error }
      return try director.timeouts()
    }
    #expect(first == .socket(.silence))
    #expect(result == .success(Self.timeouts))
  }
}
