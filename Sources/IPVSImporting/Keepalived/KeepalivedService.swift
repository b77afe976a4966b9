// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSRules
import IPVSSchedulers
import IPVSText

/// How packets reach servers, as `lvs_method` says it.
struct KeepalivedMethod: Hashable {
  var forwarding: ForwardingMethod
  var tunnel = Tunnel()
}

/// A `real_server` or `sorry_server`.
struct KeepalivedServer {
  let address: IPAddress

  /// 0: none is given.
  var port: UInt16
  let place: SourcePlace
  var weight: Weight?
  var method: KeepalivedMethod?
  var upperThreshold: UInt32 = 0
  var lowerThreshold: UInt32 = 0
}

/// A `virtual_server` with the settings that a table has.
struct KeepalivedService {
  enum Key {
    case address(IPAddress, port: UInt16)
    case mark(UInt32)
    case group(ByteString)
  }

  let key: Key
  let place: SourcePlace
  var family: AddressFamily?
  var scheduler: SchedulerName?
  var method: KeepalivedMethod?
  var transport: TransportProtocol?

  /// In seconds.
  var persistence: UInt32?
  var netmask: Netmask?
  var engine: KernelName?
  var flags: ServiceFlags = []
  var weight = Weight.one
  var servers: [KeepalivedServer] = []
  var sorryServer: KeepalivedServer?

  /// Whether the sorry server is in the table, with weight 0, before it is needed.
  var keepsSorryServer = false

  /// The behaviors that have been noted.
  var noted: Set<KeepalivedBehavior> = []

  /// The seconds of persistence where none are given (keepalived, `IPVS_SVC_PERSISTENT_TIMEOUT`).
  static let defaultPersistence: UInt32 = 360

  static let longestPersistence = 31 * 24 * 60 * 60

  init(_ key: Key, at place: SourcePlace) {
    self.key = key
    self.place = place
    if case .address(let address, _) = key { family = address.family }
  }
}

/// What keepalived does beside the table, and a table does not.
enum KeepalivedBehavior: Hashable {
  case alpha, quorum, suspension, inhibition, sorryServer

  var text: String {
    switch self {
    case .alpha: "keepalived adds the servers when their first check succeeds; here they are there"
    case .quorum: "the scripts and the sorry server of a lost quorum are left out"
    case .suspension: "checks that are suspended without the address are left out"
    case .inhibition:
      "keepalived gives a server that fails weight 0 and keeps it; here each has its weight"
    case .sorryServer: "the sorry server enters when no server is up, and is left out"
    }
  }
}

extension KeepalivedService {
  /// The name of messages: that of the file.
  var name: String {
    switch key {
    case .address(let address, let port): "virtual server \(address) \(port)"
    case .mark(let mark): "virtual server fwmark \(mark)"
    case .group(let name): "virtual server group \(name)"
    }
  }
}

// MARK: - Reading addresses

/// An address in numbers as keepalived takes it: a dotted quad, or one of IPv6. What follows a `/` does not
/// count there.
func keepalivedAddress(_ text: ByteString) -> IPAddress? {
  let plain = ByteString(text.bytes.prefix { $0 != slash })
  if let address = IPv6Address(plain) { return .v6(address) }
  guard let address = IPv4Address(plain), ByteString(address.description) == plain else {
    return nil
  }
  return .v4(address)
}

/// A port in digits; 0 where the word is missing or all zeros, and nil where it is no port.
func keepalivedPort(_ word: ByteString?) -> UInt16? {
  guard let word else { return 0 }
  return word.number(in: 0...65535).map { UInt16($0) }
}

extension KeepalivedService {
  /// Reads the words behind `virtual_server`.
  ///
  /// - Returns: Nil where they are wrong, which is noted.
  init?(_ statement: KeepalivedStatement, _ result: inout Import) {
    let first = statement[1] ?? ""
    let second = statement[2]
    switch (first, second) {
    case ("group", let name?): self.init(.group(name), at: statement.place)
    case ("fwmark", let text?):
      guard let mark = text.number(in: 1...Int(UInt32.max)) else {
        let hint = MacroUse.isUndefined(text) ? ", a macro that is not defined" : ""
        result.note(
          .error, statement.place,
          "firewall mark \(text)\(hint): not a decimal number from 1 to 4294967295; the virtual server "
            + "is left out")
        return nil
      }
      self.init(.mark(UInt32(mark)), at: statement.place)
    case ("match", _):
      result.note(
        .error, statement.place, "virtual_server match is of another program's dialect; left out")
      return nil
    default:
      guard let address = keepalivedAddress(first), let port = keepalivedPort(second) else {
        result.note(
          .error, statement.place,
          "not an address and a port in numbers: \(statement.words.dropFirst().text); the virtual "
            + "server is left out")
        return nil
      }
      if first.bytes.contains(slash) {
        result.note(
          .warning, statement.place, "keepalived does not take notice of the mask of \(first)")
      }
      self.init(.address(address, port: port), at: statement.place)
    }
  }
}

extension KeepalivedServer {
  /// Reads the words behind `real_server`.
  ///
  /// - Returns: Nil where they are wrong, which is noted.
  init?(_ statement: KeepalivedStatement, _ result: inout Import) {
    guard let address = statement[1].flatMap(keepalivedAddress),
      let port = keepalivedPort(statement[2])
    else {
      result.note(
        .error, statement.place,
        "not an address and a port in numbers: \(statement.words.dropFirst().text); the server is left "
          + "out")
      return nil
    }
    self.init(address: address, port: port, place: statement.place)
  }
}

extension MacroUse {
  /// Whether a word is a macro that was not replaced.
  static func isUndefined(_ word: ByteString) -> Bool {
    word.bytes.first == dollar && MacroUse(in: word.bytes, at: 0) != nil
  }
}

extension Collection<ByteString> {
  /// The words as they were typed, but for blanks.
  var text: String { map(\.description).joined(separator: " ") }
}

extension KeepalivedMethod {
  private static let methods: [ByteString: ForwardingMethod] = [
    "NAT": .masquerading, "DR": .directRouting, "TUN": .tunneling,
  ]
  private static let kinds: [ByteString: Tunnel.Kind] = [
    "ipip": .ipip, "gue": .gue, "gre": .gre,
  ]
  private static let checksums: [ByteString: Tunnel.Flags] = [
    "nocsum": [], "csum": .checksum, "remcsum": .remoteChecksum,
  ]

  /// Reads the words behind `lvs_method`. Where those of a tunnel are wrong, it stays an ipip tunnel, as
  /// with keepalived.
  ///
  /// - Returns: Nil where there is no method, which is noted.
  static func read(_ statement: KeepalivedStatement, _ result: inout Import) -> KeepalivedMethod? {
    guard let forwarding = Self.methods[statement[1] ?? ""] else {
      result.note(
        .error, statement.place,
        "\(statement.keyword) is NAT, DR, or TUN, in capitals, not \(statement[1] ?? "nothing"); the line is "
          + "left out")
      return nil
    }
    do throws(TunnelFault) {
      return KeepalivedMethod(
        forwarding: forwarding, tunnel: try tunnel(statement.words.dropFirst(2)))
    } catch {
      result.note(.error, statement.place, "\(error.text); the words of the tunnel are left out")
      return KeepalivedMethod(forwarding: forwarding)
    }
  }

  private struct TunnelFault: Error {
    let text: String
    init(_ text: String) { self.text = text }
  }

  private static func tunnel(_ words: ArraySlice<ByteString>) throws(TunnelFault) -> Tunnel {
    var tunnel = Tunnel()
    var rest = words
    while let word = rest.popFirst() {
      if let flags = checksums[word] {
        tunnel.flags = flags
      } else if word == "type" {
        guard let kind = rest.popFirst().flatMap({ kinds[$0] }) else {
          throw TunnelFault("a tunnel is of type ipip, gue, or gre")
        }
        tunnel.kind = kind
      } else if word == "port" {
        guard let port = rest.popFirst()?.number(in: 1...65535) else {
          throw TunnelFault("the port of a tunnel is a number from 1 to 65535")
        }
        tunnel.port = UInt16(port)
      } else {
        throw TunnelFault("a tunnel has no option \(word)")
      }
    }
    switch tunnel.kind {
    case .gue where tunnel.port == 0: throw TunnelFault("a gue tunnel needs a port")
    case .ipip where tunnel.flags != []: throw TunnelFault("an ipip tunnel has no checksum")
    case .gre where tunnel.flags.contains(.remoteChecksum):
      throw TunnelFault("a gre tunnel has no remote checksum")
    case .ipip where tunnel.port != 0, .gre where tunnel.port != 0:
      throw TunnelFault("only a gue tunnel has a port")
    default: return tunnel
    }
  }
}
