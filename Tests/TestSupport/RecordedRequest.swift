// SPDX-License-Identifier: Apache-2.0

/// A request as it went to a real kernel, what it meant, and what came back.
public struct RecordedRequest: Decodable, Sendable, CustomStringConvertible {
  public let id: Int
  public let desc: String

  /// The name of the command, or its number where the kernel has none of that number.
  private let command: Field
  public let flags: UInt16

  /// The meaning. Nil where the bytes were made by hand.
  public let request: Meaning?

  /// All bytes, the netlink header included; several messages in a batch.
  public let hex: String

  /// The errno by which the kernel refused it; 0 for success; nil where a reply said all.
  public let failure: Int32?

  private let replies: [Reply]?

  private enum CodingKeys: String, CodingKey {
    case id, desc, flags, request, hex, replies
    case command = "cmd"
    case failure = "errno_value"
  }

  public var description: String { "\(id) \(cmd): \(desc)" }

  public var cmd: String { command.text ?? "command" }

  /// The parsed messages.
  public var messages: [SentMessage] { SentMessage.all(in: Hex.bytes(hex) ?? []) }

  /// The messages of the family that came back, each from its generic netlink header on.
  public var replyBodies: [[UInt8]] {
    (replies ?? []).compactMap { $0.type == 28 ? Hex.bytes($0.body) : nil }
  }

  struct Reply: Decodable, Sendable {
    let type: UInt16?
    let body: String
  }

  public struct Meaning: Decodable, Sendable {
    public let service: Service?
    public let dest: Server?
    public let daemon: Daemon?
  }

  public struct Service: Decodable, Sendable {
    public let af: Field?
    public let `protocol`: Field?
    public let addr: Field?
    public let port: Field?
    public let fwmark: Field?
    public let sched: Field?
    public let flags: Field?
    public let timeout: Field?
    public let netmask: Field?
    public let pe: Field?
  }

  public struct Server: Decodable, Sendable {
    public let af: Field?
    public let addr: Field?
    public let port: Field?
    public let fwd: Field?
    public let weight: Field?
    public let upper: Field?
    public let lower: Field?
    public let tunnelKind: Field?
    public let tunnelPort: Field?
    public let tunnelFlags: Field?

    private enum CodingKeys: String, CodingKey {
      case af, addr, port, fwd, weight
      case upper = "u_thresh"
      case lower = "l_thresh"
      case tunnelKind = "tun_type"
      case tunnelPort = "tun_port"
      case tunnelFlags = "tun_flags"
    }
  }

  public struct Daemon: Decodable, Sendable {
    public let state: Field?
    public let interface: Field?
    public let syncID: Field?
    public let maxlen: Field?
    public let group: Field?
    public let group6: Field?
    public let port: Field?
    public let ttl: Field?

    private enum CodingKeys: String, CodingKey {
      case state, maxlen, group, group6, port, ttl
      case interface = "ifn"
      case syncID = "sync_id"
    }
  }

  /// A value of the meaning: a number, two numbers, or text; bytes made by hand are text too.
  public enum Field: Decodable, Sendable {
    case number(Int)
    case numbers([UInt32])
    case text(String)

    public init(from decoder: any Decoder) throws {
      let value = try decoder.singleValueContainer()
      if let number = try? value.decode(Int.self) {
        self = .number(number)
      } else if let numbers = try? value.decode([UInt32].self) {
        self = .numbers(numbers)
      } else {
        self = .text(try value.decode(String.self))
      }
    }

    public func number<Number: FixedWidthInteger>(_: Number.Type) -> Number? {
      guard case .number(let value) = self else { return nil }
      return Number(exactly: value)
    }

    public var text: String? {
      guard case .text(let value) = self else { return nil }
      return value
    }

    public var numbers: [UInt32]? {
      guard case .numbers(let values) = self else { return nil }
      return values
    }
  }
}
