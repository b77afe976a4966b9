// SPDX-License-Identifier: Apache-2.0

public import IPVSSockets

/// Rules of a firewall, and what a kernel told of them.
public struct RecordedFirewall: Decodable, Sendable, CustomStringConvertible {
  public let name: String

  /// The program that took the rules: `nft`, `iptables-nft`, `iptables`, or `ip6tables`.
  public let program: String
  public let rules: [String]
  private let nftables: Nftables
  public let legacy: [Table]

  /// The messages of dumps, in hexadecimal notation, without their headers.
  private struct Nftables: Decodable, Sendable {
    var tables: [String]?
    var chains: [String]?
    var rules: [String]?
    var sets: [String]?
    var elements: [String: [String]]?
  }

  /// A legacy table: `struct ipt_getinfo`, and `struct ipt_get_entries`.
  public struct Table: Decodable, Sendable {
    public let family: Int
    public let table: String
    private let info: String
    private let entries: String

    public var infoBytes: [UInt8] { Hex.bytes(info) ?? [] }
    public var entriesBytes: [UInt8] { Hex.bytes(entries) ?? [] }
  }

  private struct File: Decodable {
    let cases: [RecordedFirewall]
  }

  /// All recorded cases.
  public static let all: [RecordedFirewall] = RecordingFolder.load("firewall", as: File.self)
    .flatMap(\.content.cases)

  public var description: String { "\(program): \(name)" }

  /// Types of messages (`NFT_MSG_*` in the subsystem 10).
  public enum Message {
    public static let getTable: UInt16 = 0x0a01
    public static let getChain: UInt16 = 0x0a04
    public static let getRule: UInt16 = 0x0a07
    public static let getSet: UInt16 = 0x0a0a
    public static let getElements: UInt16 = 0x0a0d
    public static let getGeneration: UInt16 = 0x0a10
  }

  /// What the kernel answers to a request: entries of a dump without their headers.
  public func entries(for request: SentMessage) -> [[UInt8]] {
    let texts: [String]? =
      switch request.type {
      case Message.getTable: nftables.tables
      case Message.getChain: nftables.chains
      case Message.getRule: nftables.rules
      case Message.getSet: nftables.sets
      case Message.getElements: nftables.elements?[Self.key(request.payload)]
      default: nil
      }
    return (texts ?? []).map { Hex.bytes($0) ?? [] }
  }

  /// The family, table, and set that a request for elements names.
  private static func key(_ payload: [UInt8]) -> String {
    var (names, offset): ([String], Int) = ([], 4)
    while let length = payload.number(UInt16.self, at: offset), length >= 4 {
      let text = payload[min(offset + 4, payload.count)..<min(offset + Int(length), payload.count)]
      names.append(String(decoding: text.prefix { $0 != 0 }, as: UTF8.self))
      offset += (Int(length) + 3) & ~3
    }
    return ([String(payload.first ?? 0)] + names).joined(separator: " ")
  }

  /// As many fit the kernel's datagrams.
  private static let messagesAtOnce = 32

  /// The answer to a request for the number of the last change (`NFTA_GEN_ID`).
  public static func generation(_ number: UInt8) -> [UInt8] {
    [0, 0, 0, 0, 8, 0, 1, 0, 0, 0, 0, number]
  }

  /// A netlink peer that answers as the kernel did.
  ///
  /// - Parameter change: Makes other entries of those of a request.
  public func transport(
    changing change: @escaping (SentMessage, [[UInt8]]) -> [[UInt8]] = { $1 }
  ) -> any Transport {
    AnsweringTransport { requests in
      requests.flatMap { request in
        let isGeneration = request.type == Message.getGeneration
        let entries = isGeneration ? [Self.generation(1)] : entries(for: request)
        let answers = change(request, entries)
        let messages =
          isGeneration
          ? answers.map { Answer.reply($0) } : answers.map { Answer.entry($0) } + [.end()]
        return stride(from: 0, to: messages.count, by: Self.messagesAtOnce).map { start in
          let part = messages[start..<min(start + Self.messagesAtOnce, messages.count)]
          return Received.datagram(ScriptedTransport.datagram(Array(part), to: [request]))
        }
      }
    }
  }
}
