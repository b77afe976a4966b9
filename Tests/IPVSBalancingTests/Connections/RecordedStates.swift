// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// Walks of packets over one connection of a real kernel: `Tests/Recordings/states`.
struct RecordedStates: Decodable {
  let walks: [Walk]

  struct Walk: Decodable, CustomTestStringConvertible {
    let transport: String
    let secureTCP: Int32?
    let forwarding: String
    let reuseMode: Int32
    let steps: [Step]

    var testDescription: String {
      "\(transport), \(forwarding), secure_tcp \(secureTCP ?? 0), conn_reuse_mode \(reuseMode)"
    }

    enum CodingKeys: String, CodingKey {
      case transport = "protocol"
      case secureTCP = "secure_tcp"
      case forwarding = "forward"
      case reuseMode = "conn_reuse_mode"
      case steps = "walk"
    }
  }

  /// A packet, and what there was of its connection afterwards.
  struct Step: Decodable {
    let isReply: Bool

    /// The letters of TCP flags, or the number of an SCTP chunk.
    let packet: Kind

    /// Nil if there was no connection.
    let state: String?
    let seconds: Int?
    let active: UInt32
    let inactive: UInt32

    enum Kind {
      case tcp(String)
      case sctp(UInt8)
    }

    init(from decoder: any Decoder) throws {
      var row = try decoder.unkeyedContainer()
      isReply = try row.decode(String.self) == "s"
      packet =
        if let chunk = try? row.decode(UInt8.self) { .sctp(chunk) } else {
          .tcp(try row.decode(String.self))
        }
      state = try row.decodeIfPresent(String.self)
      seconds = try row.decodeIfPresent(Int.self)
      active = try row.decode(UInt32.self)
      inactive = try row.decode(UInt32.self)
    }
  }
}
