// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// What a real kernel was asked and answered, in order: a file of `Tests/Recordings/requests`.
struct RecordedTalk: Decodable {
  struct Case: Decodable {
    let id: Int
    let desc: String
    let hex: String
    let failure: Int32?
    let failures: [String]?
    let replies: [Reply]?
    let unverified: String?

    enum CodingKeys: String, CodingKey {
      case id, desc, hex, replies, unverified
      case failure = "errno_value"
      case failures = "all_errno"
    }
  }

  /// A message that came back. Of an acknowledgement or error only the errno is recorded. The type is
  /// missing where the answer was not waited for.
  struct Reply: Decodable, Equatable {
    let type: UInt16?
    let flags: UInt16
    let body: String
  }

  /// Questions of the controller, each with a reply or an errno.
  struct LookUp: Decodable {
    let request: String
    let replyBody: String?
    let failure: Int32?
    let type: UInt16?
    let flags: UInt16?

    enum CodingKeys: String, CodingKey {
      case request, flags
      case replyBody = "reply_body"
      case failure = "errno"
      case type = "nlmsg_type"
    }
  }

  let cases: [Case]
  let lookUps: [String: LookUp]

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let file = try decoder.container(keyedBy: Name.self)
    cases = try file.decodeIfPresent([Case].self, forKey: Name(stringValue: "cases")) ?? []
    var lookUps: [String: LookUp] = [:]
    for key in file.allKeys {
      if let lookUp = try? file.decode(LookUp.self, forKey: key) {
        lookUps[key.stringValue] = lookUp
      }
    }
    self.lookUps = lookUps
  }

  static let all = RecordingFolder.load("requests", as: RecordedTalk.self)
}
