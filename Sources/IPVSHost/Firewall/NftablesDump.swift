// SPDX-License-Identifier: Apache-2.0

internal import IPVSNetlinkFormat
internal import IPVSText

/// The numbers of nftables' netlink interface (include/uapi/linux/netfilter/nf_tables.h).
enum Nftables {
  /// Types of messages, with the subsystem `NFNL_SUBSYS_NFTABLES` (10) in the upper byte.
  enum Message {
    static let newTable: UInt16 = 0x0a00
    static let getTable: UInt16 = 0x0a01
    static let newChain: UInt16 = 0x0a03
    static let getChain: UInt16 = 0x0a04
    static let newRule: UInt16 = 0x0a06
    static let getRule: UInt16 = 0x0a07
    static let newSet: UInt16 = 0x0a09
    static let getSet: UInt16 = 0x0a0a
    static let newElements: UInt16 = 0x0a0c
    static let getElements: UInt16 = 0x0a0d
    static let newGeneration: UInt16 = 0x0a0f
    static let getGeneration: UInt16 = 0x0a10
  }

  /// The size of `struct nfgenmsg`, which begins each message: the family, a version, and a number.
  static let headerLength = 4

  /// Families of tables (`NFPROTO_*`).
  enum Family {
    static let inet: UInt8 = 1
    static let ipv4: UInt8 = 2
    static let arp: UInt8 = 3
    static let netdev: UInt8 = 5
    static let bridge: UInt8 = 7
    static let ipv6: UInt8 = 10

    /// Those whose rules are judged.
    static let judged = [inet, ipv4, ipv6]

    static let names: [UInt8: String] = [
      inet: "inet", ipv4: "ip", arp: "arp", netdev: "netdev", bridge: "bridge", ipv6: "ip6",
    ]
  }

  enum TableAttribute {
    static let name: UInt16 = 1
    static let flags: UInt16 = 2
    static let dormant: UInt32 = 1
  }

  enum ChainAttribute {
    static let table: UInt16 = 1
    static let name: UInt16 = 3
    static let hook: UInt16 = 4
    static let policy: UInt16 = 5
    static let type: UInt16 = 7
    static let hookNumber: UInt16 = 1
    static let hookPriority: UInt16 = 2
  }

  enum RuleAttribute {
    static let table: UInt16 = 1
    static let chain: UInt16 = 2
    static let handle: UInt16 = 3
    static let expressions: UInt16 = 4
  }

  enum SetAttribute {
    static let table: UInt16 = 1
    static let name: UInt16 = 2
    static let flags: UInt16 = 3
    static let keyLength: UInt16 = 5
  }

  /// Flags of sets (`NFT_SET_*`).
  enum SetFlag {
    static let interval: UInt32 = 0x04
    static let map: UInt32 = 0x08
    static let dynamic: UInt32 = 0x20
    static let concatenation: UInt32 = 0x80
  }

  enum ElementsAttribute {
    static let table: UInt16 = 1
    static let set: UInt16 = 2
    static let elements: UInt16 = 3
  }

  enum ElementAttribute {
    static let key: UInt16 = 1
    static let data: UInt16 = 2
    static let flags: UInt16 = 3
    static let keyEnd: UInt16 = 10
    static let endOfInterval: UInt32 = 1
    static let catchAll: UInt32 = 2
  }

  /// An element of any list (`NFTA_LIST_ELEM`).
  static let listElement: UInt16 = 1
}

extension RawSpan {
  /// The number that an attribute of nftables holds: in network byte order, unlike those of most
  /// families.
  func networkNumber<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: Number.Type, of attribute: UInt16
  ) throws(NetlinkFormatError) -> Number {
    Number(bigEndian: try number(type, of: attribute))
  }

  /// The text of an attribute.
  func string() -> String { String(decoding: text(), as: UTF8.self) }

  /// A copy of the bytes.
  func array() -> [UInt8] { withUnsafeBytes { Array($0) } }
}

/// The tables, chains, rules, and sets of a network namespace, as the kernel's dumps give them.
struct NftablesDump: Sendable {
  /// What names a table: its family (`NFPROTO_*`) and name.
  struct TableName: Hashable, Sendable {
    var family: UInt8
    var name: String
  }

  struct Table: Sendable {
    var name: TableName
    var flags: UInt32 = 0
  }

  struct Chain: Sendable {
    var table: TableName
    var name = ""
    var hook: (number: UInt32, priority: Int32)?
    var policy = NftVerdict.accept
    var type = ""
  }

  struct Rule: Sendable {
    var table: TableName
    var chain = ""
    var handle: UInt64 = 0
    /// The attribute `NFTA_RULE_EXPRESSIONS`.
    var expressions: [UInt8] = []
  }

  /// What names a set: its table, and its name there.
  struct SetName: Hashable, Sendable {
    var table: TableName
    var name = ""
  }

  struct Set: Sendable {
    var name: SetName
    var flags: UInt32 = 0
    var keyLength = 0
    var elements: [Element] = []
  }

  struct Element: Sendable {
    var key: [UInt8] = []
    var keyEnd: [UInt8]?
    /// The attribute `NFTA_SET_ELEM_DATA`.
    var data: [UInt8]?
    var flags: UInt32 = 0
  }

  /// More rules are not read.
  static let mostRules = 20_000

  /// More elements of all sets are not read.
  static let mostElements = 1 << 20

  var tables: [Table]
  var chains: [Chain]
  var rules: [Rule]
  var sets: [SetName: Set]

  /// The families of which tables are there that are not judged, such as `netdev`.
  var otherFamilies: [String] {
    let names = tables.map(\.name.family).filter { !Nftables.Family.judged.contains($0) }
    return Swift.Set(names.map { Nftables.Family.names[$0] ?? "family \($0)" }).sorted()
  }
}

extension NftablesDump.TableName {
  /// Reads the family of a message, whose attributes give the name.
  init(of payload: RawSpan) {
    self.init(family: payload.load(UInt8.self, at: 0) ?? 0, name: "")
  }
}

extension NftablesDump.Table {
  /// Reads what follows the header of a message.
  init(_ payload: RawSpan) throws(NetlinkFormatError) {
    name = NftablesDump.TableName(of: payload)
    try Attribute.forEach(in: payload, skipping: Nftables.headerLength) {
      (type, value) throws(NetlinkFormatError) in
      switch type {
      case Nftables.TableAttribute.name: name.name = value.string()
      case Nftables.TableAttribute.flags: flags = try value.networkNumber(UInt32.self, of: type)
      default: break
      }
    }
  }
}

extension NftablesDump.Chain {
  /// Reads what follows the header of a message.
  init(_ payload: RawSpan) throws(NetlinkFormatError) {
    table = NftablesDump.TableName(of: payload)
    try Attribute.forEach(in: payload, skipping: Nftables.headerLength) {
      (type, value) throws(NetlinkFormatError) in
      switch type {
      case Nftables.ChainAttribute.table: table.name = value.string()
      case Nftables.ChainAttribute.name: name = value.string()
      case Nftables.ChainAttribute.hook: hook = try Self.hook(value)
      case Nftables.ChainAttribute.policy: policy = try value.networkNumber(UInt32.self, of: type)
      case Nftables.ChainAttribute.type: self.type = value.string()
      default: break
      }
    }
  }

  private static func hook(
    _ bytes: RawSpan
  ) throws(NetlinkFormatError) -> (number: UInt32, priority: Int32) {
    var hook = (number: UInt32.max, priority: Int32(0))
    try Attribute.forEach(in: bytes) { (type, value) throws(NetlinkFormatError) in
      switch type {
      case Nftables.ChainAttribute.hookNumber:
        hook.number = try value.networkNumber(UInt32.self, of: type)
      case Nftables.ChainAttribute.hookPriority:
        hook.priority = try value.networkNumber(Int32.self, of: type)
      default: break
      }
    }
    return hook
  }
}

extension NftablesDump.Rule {
  /// Reads what follows the header of a message.
  init(_ payload: RawSpan) throws(NetlinkFormatError) {
    table = NftablesDump.TableName(of: payload)
    try Attribute.forEach(in: payload, skipping: Nftables.headerLength) {
      (type, value) throws(NetlinkFormatError) in
      switch type {
      case Nftables.RuleAttribute.table: table.name = value.string()
      case Nftables.RuleAttribute.chain: chain = value.string()
      case Nftables.RuleAttribute.handle: handle = try value.networkNumber(UInt64.self, of: type)
      case Nftables.RuleAttribute.expressions: expressions = value.array()
      default: break
      }
    }
  }
}

extension NftablesDump.Set {
  /// Reads what follows the header of a message.
  init(_ payload: RawSpan) throws(NetlinkFormatError) {
    name = NftablesDump.SetName(table: NftablesDump.TableName(of: payload))
    try Attribute.forEach(in: payload, skipping: Nftables.headerLength) {
      (type, value) throws(NetlinkFormatError) in
      switch type {
      case Nftables.SetAttribute.table: name.table.name = value.string()
      case Nftables.SetAttribute.name: name.name = value.string()
      case Nftables.SetAttribute.flags: flags = try value.networkNumber(UInt32.self, of: type)
      case Nftables.SetAttribute.keyLength:
        keyLength = Int(try value.networkNumber(UInt32.self, of: type))
      default: break
      }
    }
  }
}

extension NftablesDump.Element {
  /// Reads the elements in what follows the header of a message.
  ///
  /// - Parameter limit: How many there may be; of more, one more is read.
  static func all(
    in payload: RawSpan, atMost limit: Int
  ) throws(NetlinkFormatError) -> [NftablesDump.Element] {
    var elements: [NftablesDump.Element] = []
    try Attribute.forEach(in: payload, skipping: Nftables.headerLength) {
      (type, value) throws(NetlinkFormatError) in
      guard type == Nftables.ElementsAttribute.elements else { return }
      try Attribute.forEach(in: value) { (_, element) throws(NetlinkFormatError) in
        if elements.count <= limit { elements.append(try NftablesDump.Element(element)) }
      }
    }
    return elements
  }

  private init(_ bytes: RawSpan) throws(NetlinkFormatError) {
    try Attribute.forEach(in: bytes) { (type, value) throws(NetlinkFormatError) in
      switch type {
      case Nftables.ElementAttribute.key: key = try NftData(value).bytes
      case Nftables.ElementAttribute.keyEnd: keyEnd = try NftData(value).bytes
      case Nftables.ElementAttribute.data: data = value.array()
      case Nftables.ElementAttribute.flags:
        flags = try value.networkNumber(UInt32.self, of: type)
      default: break
      }
    }
  }
}

/// A value or a verdict (`NFTA_DATA_*`).
struct NftData {
  /// A value; empty for a verdict.
  private(set) var bytes: [UInt8] = []

  /// A verdict's number and the chain that it names.
  private(set) var verdict: (code: UInt32, chain: String)?

  /// Reads the nested attributes.
  init(_ span: RawSpan) throws(NetlinkFormatError) {
    var read: (bytes: [UInt8], verdict: (code: UInt32, chain: String)?) = ([], nil)
    try Attribute.forEach(in: span) { (type, value) throws(NetlinkFormatError) in
      switch type {
      case 1: read.bytes = value.array()
      case 2: read.verdict = try Self.verdict(value)
      default: break
      }
    }
    (bytes, verdict) = read
  }

  private static func verdict(
    _ span: RawSpan
  ) throws(NetlinkFormatError) -> (code: UInt32, chain: String) {
    var verdict = (code: NftVerdict.next, chain: "")
    try Attribute.forEach(in: span) { (type, value) throws(NetlinkFormatError) in
      switch type {
      case 1: verdict.code = try value.networkNumber(UInt32.self, of: type)
      case 2: verdict.chain = value.string()
      default: break
      }
    }
    return verdict
  }
}

/// Codes of verdicts (`NF_*`, `NFT_*`).
enum NftVerdict {
  static let drop: UInt32 = 0
  static let accept: UInt32 = 1
  static let next: UInt32 = 0xffff_ffff
  static let stopRule: UInt32 = 0xffff_fffe
  static let jump: UInt32 = 0xffff_fffd
  static let goTo: UInt32 = 0xffff_fffc
  static let `return`: UInt32 = 0xffff_fffb
}
