// SPDX-License-Identifier: Apache-2.0

import TestSupport

/// What a real kernel's director did in a scenario made at random: a file of `Tests/Recordings/walks`.
struct RecordedWalk: Decodable {
  /// Those of `/proc/sys/net/ipv4/vs`, by name.
  let settings: [String: Int32]

  let steps: [Step]

  /// One thing that was done; which fields there are depends on `verb`.
  struct Step: Decodable {
    let verb: String

    /// Of a request: what it was answered.
    let errno: Int32?

    let service: Service?
    let scheduler: String?

    /// Of a service: flags, timeout in seconds, and netmask.
    let numbers: [UInt32]?

    let server: Server?
    let servers: [Count]?

    /// Timeouts, as `--set` has them.
    let seconds: [UInt32]?

    /// When it was done, in seconds from the beginning.
    let time: Double?

    // A packet, and what the director sent, by side.
    let side: String?
    let mark: UInt32?
    let bytes: String?
    let out: [[String]]?

    /// Of /proc/net/ip_vs_conn, or what ipvsadm shows of counters.
    let rows: [String]?

    enum CodingKeys: String, CodingKey {
      case errno, service, scheduler, numbers, server, servers, seconds, side, mark, bytes, out,
        rows
      case verb = "do"
      case time = "at"
    }
  }

  struct Service: Decodable {
    let transport: UInt16
    let address: String
    let port: UInt16
    let mark: UInt32

    init(from decoder: any Decoder) throws {
      var list = try decoder.unkeyedContainer()
      transport = try list.decode(UInt16.self)
      address = try list.decode(String.self)
      port = try list.decode(UInt16.self)
      mark = try list.decode(UInt32.self)
    }
  }

  struct Server: Decodable {
    let address: String
    let port: UInt16
    let weight: Int32

    /// Thresholds, upper and lower; forwarding method; type, port, and flags of the tunnel.
    let numbers: [UInt32]

    init(from decoder: any Decoder) throws {
      var list = try decoder.unkeyedContainer()
      address = try list.decode(String.self)
      port = try list.decode(UInt16.self)
      weight = try list.decode(Int32.self)
      var numbers: [UInt32] = []
      while !list.isAtEnd { numbers.append(try list.decode(UInt32.self)) }
      self.numbers = numbers
    }
  }

  /// A server in the order of the kernel, with its connections.
  struct Count: Decodable, Hashable, CustomStringConvertible {
    let address: String
    let port: UInt16

    /// Weight, and connections: active, inactive, persistent.
    let numbers: [Int64]

    init(_ address: String, _ port: UInt16, _ numbers: [Int64]) {
      self.address = address
      self.port = port
      self.numbers = numbers
    }

    init(from decoder: any Decoder) throws {
      var list = try decoder.unkeyedContainer()
      address = try list.decode(String.self)
      port = try list.decode(UInt16.self)
      numbers = try (0..<4).map { _ in try list.decode(Int64.self) }
    }

    var description: String { "\(address) \(port) \(numbers)" }
  }

  static let all = RecordingFolder.load("walks", as: RecordedWalk.self)
}
