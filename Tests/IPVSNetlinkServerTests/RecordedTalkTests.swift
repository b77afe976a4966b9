// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import IPVSNetlinkServer

/// Every recorded request is answered as the kernel answered it, byte for byte.
@Suite struct RecordedTalkTests {
  /// What is true of the recorded machine only.
  private enum Exception: Sendable {
    /// The messages before the last one come in any order.
    case anyOrder

    /// The request is not made.
    case notMade
  }

  private struct Row: Sendable {
    let exception: Exception
    let reason: String
    let applies: @Sendable (RecordedTalk.Case) -> Bool
  }

  private static let exceptions = [
    Row(
      exception: .anyOrder,
      reason: "the kernel's table of services is ordered by a hash of memory addresses"
    ) { ($0.replies ?? []).count { $0.body.hasPrefix("0101") } > 1 },
    Row(
      exception: .notMade,
      reason: "the recorded kernel was built without the scheduler twos (CONFIG_IP_VS_TWOS)"
    ) { $0.hex.contains("09000600" + Hex.text("twos".utf8) + "00") },
  ]

  @Test(arguments: RecordedTalk.all.map(\.name))
  func answersAsTheKernelDid(file: String) throws {
    let found = RecordedTalk.all.first { $0.name == file }
    let recording = try #require(found).content
    #expect(!recording.cases.isEmpty || !recording.lookUps.isEmpty)
    let talk = Talk()
    for entry in recording.cases {
      let exception = Self.exceptions.first { $0.applies(entry) }?.exception
      if exception == .notMade { continue }
      let datagram = try #require(Hex.bytes(entry.hex))
      let client = Talk.Client(isAdministrator: !entry.desc.hasPrefix("unprivileged"))
      let answers = talk.ask(datagram, as: client).map(Hex.text)
      let expected = try Self.expected(entry, SentMessage.all(in: datagram))
      if exception == .anyOrder {
        #expect(Self.messages(answers).sorted() == Self.messages(expected).sorted(), "\(entry.id)")
        #expect(answers.last == expected.last, "\(entry.id) \(entry.desc)")
      } else {
        #expect(Self.messages(answers) == Self.messages(expected), "\(entry.id) \(entry.desc)")
      }
    }
    for (name, lookUp) in recording.lookUps {
      let datagram = try #require(Hex.bytes(lookUp.request))
      let expected = Self.reply(lookUp, to: SentMessage.all(in: datagram))
      #expect(talk.ask(datagram).map(Hex.text) == expected, "\(name)")
    }
  }

  /// Pages depend on the size of the client's buffer, so that messages are compared, not datagrams.
  private static func messages(_ datagrams: [String]) -> [String] {
    datagrams.flatMap { datagram in
      SentMessage.all(in: Hex.bytes(datagram) ?? []).map { Hex.text($0.bytes) }
    }
  }

  private static func expected(
    _ entry: RecordedTalk.Case, _ requests: [SentMessage]
  ) throws -> [String] {
    var replies = entry.replies ?? []
    if replies.isEmpty || replies.contains(where: { $0.type == nil }) {
      let errno = try #require(entry.failure)
      let body = Hex.text(withUnsafeBytes(of: 0 - errno) { Array($0) })
      replies = [RecordedTalk.Reply(type: 2, flags: errno == 0 ? 0x100 : 0, body: body)]
    }
    return try replies.enumerated().map { place, reply in
      let request = try #require(requests.count == replies.count ? requests[place] : requests.first)
      let body = try #require(Hex.bytes(reply.body))
      let isRefusal = reply.type == 2 && body != [0, 0, 0, 0]
      let echo = reply.type == 2 ? request.bytes.prefix(isRefusal ? .max : 16) : []
      return message(try #require(reply.type), reply.flags, request, body + echo)
    }
  }

  private static func reply(_ lookUp: RecordedTalk.LookUp, to requests: [SentMessage]) -> [String] {
    guard let request = requests.first else { return [] }
    if let reply = lookUp.replyBody.flatMap(Hex.bytes) {
      return [message(lookUp.type ?? request.type, lookUp.flags ?? 0, request, reply)]
    }
    let errno = 0 - (lookUp.failure ?? 0)
    return [message(2, 0, request, withUnsafeBytes(of: errno) { Array($0) } + request.bytes)]
  }

  private static func message(
    _ type: UInt16, _ flags: UInt16, _ request: SentMessage, _ body: [UInt8]
  ) -> String {
    var bytes: [UInt8] = []
    bytes.append(number: UInt32(16 + body.count))
    bytes.append(number: type)
    bytes.append(number: flags)
    bytes.append(number: request.sequence)
    bytes.append(number: request.port)
    return Hex.text(bytes + body)
  }
}
