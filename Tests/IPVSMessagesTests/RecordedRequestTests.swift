// SPDX-License-Identifier: Apache-2.0

import IPVSMessages
import IPVSNetlinkFormat
import TestSupport
import Testing

@Suite struct RecordedRequestTests {
  /// One recorded message with what we would send in its place.
  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let recorded: SentMessage
    let request: Request
  }

  static let rows: [Row] = Recordings.requests.flatMap { recorded in
    let requests: [Request] =
      if recorded.cmd == "batch" {
        RequestTable.batch
      } else if RequestTable.others[recorded.id] == nil {
        [RequestTable.byHand[recorded.id] ?? recorded.asRequest].compactMap { $0 }
      } else {
        []
      }
    return zip(recorded.messages, requests).map {
      Row(testDescription: recorded.description, recorded: $0, request: $1)
    }
  }

  @Test("ours holds what the recorded one holds", arguments: rows)
  func holdsTheSame(_ row: Row) throws {
    let ours = try #require(Self.sent(row.request, like: row.recorded))
    #expect(ours.command == row.recorded.command)
    #expect(ours.payload[1...3] == row.recorded.payload[1...3])
    #expect(ours.type == row.recorded.type)
    #expect(ours.sequence == row.recorded.sequence)
    #expect(ours.port == row.recorded.port)
    #expect(try Self.leaves(ours) == Self.leaves(row.recorded))
    if case .change = row.request { return }
    // The kernel does not look at the flags of changes, and the recordings set some at random.
    #expect(ours.flags == row.recorded.flags)
  }

  @Test("every recorded request is compared, or is listed as one that our model cannot express")
  func complete() {
    #expect(Recordings.requests.count == 263)
    for recorded in Recordings.requests where recorded.cmd != "batch" {
      let isOurs = RequestTable.byHand[recorded.id] != nil || recorded.asRequest != nil
      #expect(isOurs || RequestTable.others[recorded.id] != nil, "\(recorded)")
    }
    #expect(RequestTable.byHand.keys.allSatisfy { RequestTable.others[$0] == nil })
    #expect(Self.rows.count == 263 - 1 + RequestTable.batch.count - RequestTable.others.count)
  }

  @Test("the listed requests cannot be expressed", arguments: Recordings.requests)
  func excluded(_ recorded: RecordedRequest) throws {
    guard let reason = RequestTable.others[recorded.id], let message = recorded.messages.first,
      let request = recorded.asRequest, let ours = Self.sent(request, like: message)
    else { return }
    let same = try Self.leaves(ours) == Self.leaves(message)
    #expect(!same, "\(recorded): \(reason.rawValue)")
  }

  /// The message that we send, in the frame of a recorded one.
  private static func sent(_ request: Request, like recorded: SentMessage) -> SentMessage? {
    var writer = MessageWriter()
    request.write(
      to: &writer, family: recorded.type, sequence: recorded.sequence, port: recorded.port,
      acknowledged: recorded.wantsAcknowledgement)
    let messages = SentMessage.all(in: writer.bytes)
    return messages.count == 1 ? messages[0] : nil
  }

  /// The attributes of a request, without what two requests may differ in and ask for the same.
  private static func leaves(_ message: SentMessage) throws -> Set<Leaf> {
    var leaves = try #require(Leaf.all(inRequest: message.attributes))
    switch message.command {
    case 5, 6, 7:
      // Absent tunnel attributes are zero. An absent family is that of the service; we name it.
      for number: UInt16 in [13, 14, 15] { leaves = leaves.withoutZero([2, number]) }
      let family = leaves.first { $0.path == [1, 1] }
      if let family, !leaves.contains(where: { $0.path == [2, 11] }) {
        leaves.insert(Leaf([2, 11], family.payload))
      }
    case 10:
      // To stop a daemon the kernel needs its role; ipvsadm sends these two as well, and so do we.
      leaves = leaves.filter { $0.path != [3, 2] && $0.path != [3, 3] }
    case 12:
      // An absent timeout and one of zero both keep the present value.
      for number: UInt16 in [4, 5, 6] { leaves = leaves.withoutZero([number]) }
    default: break
    }
    return leaves
  }
}

extension Set<Leaf> {
  fileprivate func withoutZero(_ path: [UInt16]) -> Set<Leaf> {
    filter { $0.path != path || $0.payload.contains { $0 != 0 } }
  }
}
