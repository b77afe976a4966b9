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

// MARK: - Reading addresses and numbers

/// A number as keepalived takes it where it goes on after a wrong one: the digits at its beginning, and 0
/// where there are none (keepalived 2.2.7, lib/parser.c, `read_unsigned_func`).
struct KeepalivedNumber {
  let value: Int

  /// Whether the whole word is the number.
  let isExact: Bool

  /// Nil where the number is negative, or not in `range`.
  init?(_ word: ByteString, in range: ClosedRange<Int>) {
    let hasSign = word.bytes.first == UInt8(ascii: "+")
    let text = hasSign ? word.bytes.dropFirst() : word.bytes[...]
    let digits = text.prefix(while: isDigit)
    guard text.first != UInt8(ascii: "-"),
      let value = digits.isEmpty ? 0 : ByteString(digits).number(in: range), range.contains(value)
    else { return nil }
    self.value = value
    isExact = !digits.isEmpty && digits.count == text.count
  }

  /// Reads a word, and notes where only a part of it is a number.
  ///
  /// - Returns: Nil where it is none in `range`, which is not noted.
  static func read(
    _ word: ByteString, in range: ClosedRange<Int>, at place: SourcePlace, _ result: inout Import
  ) -> Int? {
    guard let number = KeepalivedNumber(word, in: range) else { return nil }
    if !number.isExact {
      let isNone = word.bytes.first.map(isDigit) != true
      result.note(
        isNone ? .error : .warning, place,
        "\(word) is not a decimal number; keepalived takes \(number.value)")
    }
    return number.value
  }

  /// Reads a port; 0 where the word is missing or all zeros.
  static func port(
    _ word: ByteString?, at place: SourcePlace, _ result: inout Import
  ) -> UInt16? {
    guard let word, word.bytes.contains(where: { $0 != UInt8(ascii: "0") }) else { return 0 }
    guard KeepalivedNumber(word, in: 1...65535) != nil else { return nil }
    return read(word, in: 1...65535, at: place, &result).map { UInt16($0) }
  }
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
      guard let mark = Self.mark(text, at: statement.place, &result) else { return nil }
      self.init(.mark(mark), at: statement.place)
    case ("match", _):
      result.note(
        .error, statement.place, "virtual_server match is of another program's dialect; left out")
      return nil
    default:
      guard let address = numericAddress(first),
        let port = KeepalivedNumber.port(second, at: statement.place, &result)
      else {
        result.note(
          .error, statement.place,
          "not an address and a port in numbers: \(statement.words.dropFirst().text); the virtual "
            + "server is left out")
        return nil
      }
      if first.bytes.contains(slash) {
        result.note(
          .warning, statement.place, "keepalived takes no notice of the mask of \(first)")
      }
      self.init(.address(address, port: port), at: statement.place)
    }
  }

  /// A mark of the firewall. keepalived takes what is no number for 255.255.255.255; it is left out.
  private static func mark(
    _ text: ByteString, at place: SourcePlace, _ result: inout Import
  ) -> UInt32? {
    guard KeepalivedNumber(text, in: 1...Int(UInt32.max)) != nil,
      let mark = KeepalivedNumber.read(text, in: 1...Int(UInt32.max), at: place, &result)
    else {
      let hint = MacroUse.isUndefined(text) ? ", a macro that is not defined" : ""
      result.note(
        .error, place,
        "firewall mark \(text)\(hint): not a decimal number from 1 to 4294967295; the virtual server "
          + "is left out")
      return nil
    }
    return UInt32(mark)
  }
}

extension KeepalivedServer {
  /// Reads the words behind `real_server`.
  ///
  /// - Returns: Nil where they are wrong, which is noted.
  init?(_ statement: KeepalivedStatement, _ result: inout Import) {
    guard let address = statement[1].flatMap(numericAddress),
      let port = KeepalivedNumber.port(statement[2], at: statement.place, &result)
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

  /// Reads the words behind `lvs_method`. Where those of a tunnel are wrong, it stays the one of before, as
  /// with keepalived.
  ///
  /// - Returns: What is read; `present` where there is no method, which is noted.
  static func read(
    _ statement: KeepalivedStatement, after present: KeepalivedMethod?, _ result: inout Import
  ) -> KeepalivedMethod? {
    guard let forwarding = Self.methods[statement[1] ?? ""] else {
      result.note(
        .error, statement.place,
        "\(statement.keyword) is NAT, DR, or TUN, in capitals, not \(statement[1] ?? "nothing"); the line is "
          + "left out")
      return present
    }
    do throws(TunnelFault) {
      return KeepalivedMethod(
        forwarding: forwarding, tunnel: try tunnel(statement.words.dropFirst(2)))
    } catch {
      result.note(.error, statement.place, "\(error.text); the words of the tunnel are left out")
      return KeepalivedMethod(forwarding: forwarding, tunnel: present?.tunnel ?? Tunnel())
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
