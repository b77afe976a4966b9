// SPDX-License-Identifier: Apache-2.0

internal import CIPVSSystem
internal import Glibc
package import IPVSAddresses
internal import IPVSNetlinkFormat
package import IPVSSockets
package import IPVSSystem
internal import IPVSText

/// The firewall of a network namespace, as it was read.
package struct HostFirewall: Sendable {
  /// The rules that packets of IPv4 meet.
  package var ipv4 = Firewall(.ipv4)

  /// The rules that packets of IPv6 meet.
  package var ipv6 = Firewall(.ipv6)

  /// Families of nftables that have tables which are not read, such as `netdev`.
  package var otherFamilies: [String] = []

  /// A firewall without rules.
  package init() {}

  /// The rules of a family.
  package subscript(_ family: AddressFamily) -> Firewall {
    family == .ipv4 ? ipv4 : ipv6
  }
}

/// Why a firewall was not read.
package enum FirewallError: Error, Hashable, Sendable {
  /// There are more rules than are read.
  case tooManyRules

  /// A set has more elements than are read.
  case tooManyElements

  /// nftables did not answer.
  case nftables(HostError)

  /// A legacy table did not answer.
  case legacy(table: String, errno: Int32)

  /// A legacy table is not built as the kernel's are.
  case malformed(table: String)
}

extension FirewallError: CustomStringConvertible {
  /// One line that names the cause.
  package var description: String {
    switch self {
    case .tooManyRules: "the firewall has more than \(NftablesDump.mostRules) rules"
    case .tooManyElements:
      "the sets of the firewall have more than \(NftablesDump.mostElements) elements"
    case .nftables(let error): "nftables: \(error)"
    case .legacy(let table, let errno):
      "the table \(table) of iptables: \(SystemError(errno: errno).description)"
    case .malformed(let table): "the table \(table) of iptables is not to be understood"
    }
  }
}

/// Reads the rules of nftables and of the legacy tables of a network namespace. It loads no module.
package struct FirewallReader {
  /// How often tables are read that change meanwhile.
  private static let attempts = 5

  private let peer: NetlinkPeer
  private let legacy: LegacySource

  /// Makes a reader; nothing is read yet.
  ///
  /// - Parameters:
  ///   - peer: What answers for nftables.
  ///   - legacy: What answers for the legacy tables.
  package init(_ peer: NetlinkPeer, _ legacy: LegacySource) {
    (self.peer, self.legacy) = (peer, legacy)
  }

  /// Reads everything.
  ///
  /// - Parameter modules: The modules of the kernel; nftables is not asked for where its module is
  ///   not loaded.
  /// - Throws: An error if it cannot be read as a whole.
  package func read(_ modules: ModuleList) throws(FirewallError) -> HostFirewall {
    var firewall = HostFirewall()
    // A question to a module that is not loaded would load it.
    let isAsked = [.present, .unknown].contains(modules.state(of: "nf_tables"))
    if isAsked, let dump = try dump() {
      firewall.otherFamilies = dump.otherFamilies
      do {
        firewall.ipv4.append(try dump.chains(for: .ipv4))
        firewall.ipv6.append(try dump.chains(for: .ipv6))
      } catch { throw .nftables(.malformed(error)) }
    }
    firewall.ipv4.append(try legacyChains(.ipv4))
    firewall.ipv6.append(try legacyChains(.ipv6))
    guard [firewall.ipv4, firewall.ipv6].allSatisfy({ $0.ruleCount <= NftablesDump.mostRules })
    else {
      throw .tooManyRules
    }
    return firewall
  }
}

extension Firewall {
  /// The number of rules in all chains.
  package var ruleCount: Int { chains.reduce(0) { $0 + $1.rules.count } }
}

// nftables.
extension FirewallReader {
  /// Errnos of a kernel without nftables: EPROTONOSUPPORT, EOPNOTSUPP, EINVAL, EAFNOSUPPORT.
  private static let absent: [Int32] = [93, 95, 22, 97]

  /// - Returns: Nil where the kernel has no nftables.
  private func dump() throws(FirewallError) -> NftablesDump? {
    do throws(HostError) {
      var socket = try HostSocket(peer, .netfilter)
      for _ in 0..<Self.attempts {
        let before = try Self.generation(&socket)
        let dump = try Self.dump(&socket)
        if try Self.generation(&socket) == before { return dump }
      }
      throw .unsteady(attempts: Self.attempts)
    } catch {
      switch error {
      case .refused(let errno) where Self.absent.contains(errno): return nil
      case .socket(.refused(let errno)) where Self.absent.contains(errno): return nil
      case .tooMany(NftablesDump.mostRules): throw .tooManyRules
      case .tooMany: throw .tooManyElements
      default: throw .nftables(error)
      }
    }
  }

  /// `struct nfgenmsg`: for all families.
  private static let header: [UInt8] = [0, 0, 0, 0]

  /// The number that the kernel gives to each change of the tables.
  private static func generation(_ socket: inout HostSocket) throws(HostError) -> UInt32 {
    let question = Question(Nftables.Message.getGeneration, header: header)
    let answers = try socket.ask([question]) { payload throws(NetlinkFormatError) in
      var number: UInt32 = 0
      try Attribute.forEach(in: payload, skipping: Nftables.headerLength) {
        (type, value) throws(NetlinkFormatError) in
        if type == 1 { number = try value.networkNumber(UInt32.self, of: type) }
      }
      return number
    }
    switch answers.first {
    case .success(let number): return number
    case .failure(let refusal): throw .refused(errno: refusal.errno)
    case nil: return 0
    }
  }

  private static func dump(_ socket: inout HostSocket) throws(HostError) -> NftablesDump {
    let limit = NftablesDump.mostRules
    var dump = NftablesDump(
      tables: try all(&socket, Nftables.Message.getTable, atMost: limit) {
        payload throws(NetlinkFormatError) in try NftablesDump.Table(payload)
      },
      chains: try all(&socket, Nftables.Message.getChain, atMost: limit) {
        payload throws(NetlinkFormatError) in try NftablesDump.Chain(payload)
      },
      rules: try all(&socket, Nftables.Message.getRule, atMost: limit) {
        payload throws(NetlinkFormatError) in try NftablesDump.Rule(payload)
      },
      sets: [:])
    let sets = try all(&socket, Nftables.Message.getSet, atMost: limit) {
      payload throws(NetlinkFormatError) in try NftablesDump.Set(payload)
    }
    var room = NftablesDump.mostElements
    for var set in sets where Nftables.Family.judged.contains(set.name.table.family) {
      set.elements = try elements(of: set.name, &socket, atMost: room)
      room -= set.elements.count
      dump.sets[set.name] = set
    }
    return dump
  }

  private static func all<Entry>(
    _ socket: inout HostSocket, _ message: UInt16, atMost limit: Int,
    _ read: (RawSpan) throws(NetlinkFormatError) -> Entry
  ) throws(HostError) -> [Entry] {
    try socket.dump(Question(message, header: header), atMost: limit) {
      payload throws(NetlinkFormatError) -> Entry? in try read(payload)
    }
  }

  private static func elements(
    of set: NftablesDump.SetName, _ socket: inout HostSocket, atMost limit: Int
  ) throws(HostError) -> [NftablesDump.Element] {
    let question = Question(
      Nftables.Message.getElements, header: [set.table.family, 0, 0, 0],
      [
        Question.Attribute(Nftables.ElementsAttribute.table, Array(set.table.name.utf8) + [0]),
        Question.Attribute(Nftables.ElementsAttribute.set, Array(set.name.utf8) + [0]),
      ])
    let elements = try socket.dump(question) { payload throws(NetlinkFormatError) in
      try NftablesDump.Element.all(in: payload, atMost: limit)
    }.flatMap { $0 }
    guard elements.count <= limit else { throw .tooMany(limit: NftablesDump.mostElements) }
    return elements
  }
}

// The legacy tables.
extension FirewallReader {
  /// The errno where the size of a table is another meanwhile (EAGAIN).
  private static let changed: Int32 = 11

  /// A table of more bytes is not read.
  private static let mostBytes = 64 << 20

  private static let nameLength = 32

  private func legacyChains(_ family: AddressFamily) throws(FirewallError) -> [FirewallChain] {
    var firewall = Firewall(family)
    for name in try tableNames(family) {
      firewall.append(try chains(of: name, family))
    }
    return firewall.chains
  }

  /// The names of the tables that are there; none where the kernel has no legacy tables.
  private func tableNames(_ family: AddressFamily) throws(FirewallError) -> [String] {
    switch legacy.names(family) {
    case .success(let names): return names
    case .failure(let error):
      guard error.errno == ENOENT else { throw .legacy(table: "names", errno: error.errno) }
      return []
    }
  }

  private func chains(
    of name: String, _ family: AddressFamily
  ) throws(FirewallError) -> [FirewallChain] {
    let named = Array(name.utf8.prefix(Self.nameLength - 1))
    let title = named + [UInt8](repeating: 0, count: Self.nameLength - named.count)
    for _ in 0..<Self.attempts {
      let bytes = legacy.info(
        family, title + [UInt8](repeating: 0, count: LegacyTableInfo.length - title.count))
      guard let info = LegacyTableInfo(try Self.checked(bytes, name)) else {
        throw .malformed(table: name)
      }
      guard info.count <= NftablesDump.mostRules, info.size <= Self.mostBytes else {
        throw .tooManyRules
      }
      var table = title + [UInt8](repeating: 0, count: LegacyTableInfo.headerLength - title.count)
      withUnsafeBytes(of: UInt32(info.size)) { table.replaceSubrange(32..<36, with: $0) }
      table += [UInt8](repeating: 0, count: info.size)
      let entries = legacy.entries(family, table)
      if case .failure(let error) = entries, error.errno == Self.changed { continue }
      let content = try Self.checked(entries, name).dropFirst(LegacyTableInfo.headerLength)
      guard let chains = LegacyTable(name, family, info, Array(content)).chains() else {
        throw .malformed(table: name)
      }
      return chains
    }
    throw .legacy(table: name, errno: Self.changed)
  }

  private static func checked(
    _ bytes: Result<[UInt8], SystemError>, _ table: String
  ) throws(FirewallError) -> [UInt8] {
    switch bytes {
    case .success(let bytes): return bytes
    case .failure(let error): throw .legacy(table: table, errno: error.errno)
    }
  }
}

/// What answers questions about legacy tables: the kernel of this thread's network namespace, but
/// in tests.
package struct LegacySource: Sendable {
  /// The names of the tables that are there; ENOENT where the kernel has no legacy tables.
  package var names: @Sendable (AddressFamily) -> Result<[String], SystemError>

  /// Answers a `struct ipt_getinfo` that holds the name of a table.
  package var info: @Sendable (AddressFamily, [UInt8]) -> Result<[UInt8], SystemError>

  /// Answers a `struct ipt_get_entries` that holds the name and the size of a table.
  package var entries: @Sendable (AddressFamily, [UInt8]) -> Result<[UInt8], SystemError>

  /// Makes a source of its parts.
  package init(
    names: @escaping @Sendable (AddressFamily) -> Result<[String], SystemError>,
    info: @escaping @Sendable (AddressFamily, [UInt8]) -> Result<[UInt8], SystemError>,
    entries: @escaping @Sendable (AddressFamily, [UInt8]) -> Result<[UInt8], SystemError>
  ) {
    (self.names, self.info, self.entries) = (names, info, entries)
  }

  /// The kernel of this thread's network namespace.
  ///
  /// - Parameter files: Where it names the tables.
  package static func kernel(_ files: HostFiles) -> LegacySource {
    LegacySource { family in
      let name = family == .ipv4 ? "ip_tables_names" : "ip6_tables_names"
      return Result { () throws(SystemError) in
        let text = try files.content(of: "/proc/thread-self/net/\(name)")
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map { String($0) }
      }
    } info: { family, bytes in
      asked(family, bytes) { descriptor, buffer in
        ipvs_legacy_info(descriptor, family == .ipv6, buffer.baseAddress)
      }
    } entries: { family, bytes in
      asked(family, bytes) { descriptor, buffer in
        ipvs_legacy_entries(
          descriptor, family == .ipv6, buffer.baseAddress, UInt32(buffer.count))
      }
    }
  }

  private static func asked(
    _ family: AddressFamily, _ bytes: [UInt8],
    _ ask: (Int32, UnsafeMutableRawBufferPointer) -> Int32
  ) -> Result<[UInt8], SystemError> {
    let descriptor = ipvs_legacy_open(family == .ipv6)
    guard descriptor >= 0 else { return .failure(SystemError(errno: -descriptor)) }
    defer { close(descriptor) }
    var buffer = bytes
    let result = buffer.withUnsafeMutableBytes { ask(descriptor, $0) }
    return result == 0 ? .success(buffer) : .failure(SystemError(errno: -result))
  }
}
