// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// Packets on both sides of a real kernel's director: `Tests/Recordings/nat`.
struct RecordedTraffic: Decodable {
  let steps: [Step]

  struct Step: Decodable {
    let name: String?
    let side: Side?
    let packet: String?
    let config: Configuration?

    /// What the kernel sent to clients and to servers.
    let toClients: [String]?
    let toServers: [String]?

    /// Type, code, and MTU of what went to clients, and the lengths of what went to servers, of packets
    /// that were not kept.
    let errors: [[Int]]?
    let lengths: [Int]?

    /// Rows of `/proc/net/ip_vs_conn`, cut to their words.
    let connections: [String]?

    enum CodingKeys: String, CodingKey {
      case name, config
      case side = "in"
      case packet = "in_hex"
      case toClients = "out_c"
      case toServers = "out_s"
      case errors = "out_c_summary"
      case lengths = "out_s_lengths"
      case connections = "conn_table"
    }
  }

  enum Side: String, Decodable {
    case client = "c"
    case server = "s"
  }

  /// Something that was set: in words, or as a service or a setting.
  enum Configuration: Decodable {
    case words(String)
    case service(Service, Setup)
    case delete(Service)
    case setting(String, Int32)

    init(from decoder: any Decoder) throws {
      if let words = try? decoder.singleValueContainer().decode(String.self) {
        self = .words(words)
        return
      }
      let container = try decoder.container(keyedBy: Key.self)
      if let service = try container.decodeIfPresent(Service.self, forKey: Key("service")) {
        self = .service(service, try Setup(from: decoder))
      } else if let service = try container.decodeIfPresent(
        Service.self, forKey: Key("delete_service"))
      {
        self = .delete(service)
      } else {
        let key = try #require(container.allKeys.first)
        let name = try #require(key.stringValue.split(separator: ".").last)
        self = .setting(String(name), try container.decode(Int32.self, forKey: key))
      }
    }

    private struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(_ name: String) { stringValue = name }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }
  }

  struct Service: Decodable {
    let af: UInt16
    let `protocol`: UInt16?
    let addr: String?
    let port: UInt16?
    let fwmark: UInt32?
  }

  struct Setup: Decodable {
    let scheduler: String
    let flags: UInt32
    let timeout: UInt32
    let servers: [Server]

    enum CodingKeys: String, CodingKey {
      case scheduler, flags, timeout
      case servers = "dests_in_order_of_adding"
    }
  }

  struct Server: Decodable {
    let addr: String
    let port: UInt16
    let fwd: UInt32?
    let weight: Int32?
    let tunnelKind: UInt8?
    let tunnelPort: UInt16?
    let tunnelFlags: UInt16?

    enum CodingKeys: String, CodingKey {
      case addr, port, fwd, weight
      case tunnelKind = "tun_type"
      case tunnelPort = "tun_port"
      case tunnelFlags = "tun_flags"
    }
  }
}
