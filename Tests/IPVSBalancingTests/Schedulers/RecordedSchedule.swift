// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// Decisions of a real kernel's scheduler: `Tests/Recordings/schedule`.
struct RecordedSchedule: Decodable {
  struct Scenario: Decodable, CustomTestStringConvertible {
    let name: String
    let scheduler: String
    let serviceFlags: UInt32
    let netmask: String?
    let vip: String?
    let vport: UInt16?
    let ops: [Operation]

    var testDescription: String { "\(scheduler): \(name)" }

    enum CodingKeys: String, CodingKey {
      case name, scheduler, netmask, vip, vport, ops
      case serviceFlags = "service_flags"
    }
  }

  /// One thing that was done; which fields there are depends on `op`.
  struct Operation: Decodable {
    let op: String

    // A real server that is added, edited, or deleted.
    let addr: String?
    let port: UInt16?
    let weight: Int32?
    let upper: UInt32?
    let lower: UInt32?

    // A connection: its client, the address that it asked for, and the server that it got.
    let mode: String?
    let client: String?
    let clientPort: UInt16?
    let virtual: String?
    let virtualPort: UInt16?
    let server: String?
    let serverPort: UInt16?

    /// The operation that began the connection that is closed.
    let connection: Int?

    /// The scheduler that the service gets.
    let scheduler: String?

    /// Address, port, weight, and active and inactive connections of each server.
    let servers: [Counts]?

    enum CodingKeys: String, CodingKey {
      case op, addr, port, weight, mode
      case upper = "u_thresh"
      case lower = "l_thresh"
      case client = "c"
      case clientPort = "p"
      case virtual = "v"
      case virtualPort = "vp"
      case server = "rs"
      case serverPort = "rp"
      case connection = "conn"
      case scheduler = "sched"
      case servers = "dests"
    }
  }

  /// A server and its connections.
  struct Counts: Decodable, Equatable {
    let addr: String
    let port: UInt16
    let weight: Int32
    let active: UInt32
    let inactive: UInt32
  }

  let scenarios: [Scenario]

  static let all: [Scenario] = RecordingFolder.load("schedule", as: RecordedSchedule.self)
    .flatMap(\.content.scenarios)
}
