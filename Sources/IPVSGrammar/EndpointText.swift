// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSNames
import IPVSText

/// `host[:port]`, `[host][:port]`, or an IPv6 address alone: the address of a service or real server
/// (ipvsadm(8)).
///
/// Beyond what ipvsadm 1.31 reads, a host in brackets keeps its port and needs none, and a host with
/// only IPv6 addresses is found. Text behind a blank, which inet_aton(3) skips, is refused.
struct EndpointText {
  enum Port: Hashable {
    case absent
    case number(UInt16)

    /// The range of a service's name, which needs a protocol to be looked up.
    case name(Range<Int>)
  }

  var address: IPAddress
  var port: Port

  /// Reads the part `range` of `bytes`.
  init(
    _ bytes: [UInt8], in range: Range<Int>, names: any NameService
  ) throws(AddressError) {
    let text = bytes.span
    if let plain = Self(numbers: text.extracting(range)) {
      self = plain
      return
    }
    let parts = try Parts(bytes, in: range)
    if let address = parts.ipv6 {
      self.address = .v6(address)
    } else {
      address = try Self.host(text.extracting(parts.host), names: names)
    }
    port =
      try parts.port.map { port throws(AddressError) in
        try Self.port(text.extracting(port), at: port)
      } ?? .absent
  }

  /// Reads `10.0.0.1` and `10.0.0.1:80`, the usual forms in long restore input, in one pass.
  ///
  /// - Returns: Nil where the text has another form.
  private init?(numbers text: Span<UInt8>) {
    guard let (address, end) = IPv4Address.quad(beginning: text) else { return nil }
    self.address = .v4(address)
    port = .absent
    guard end < text.count else { return }
    guard text[end] == colon, (end + 2...end + 6).contains(text.count) else { return nil }
    var number: UInt32 = 0
    for index in end + 1..<text.count {
      guard isDigit(text[index]) else { return nil }
      number = number * 10 + UInt32(text[index] - UInt8(ascii: "0"))
    }
    guard let number = UInt16(exactly: number) else { return nil }
    port = .number(number)
  }

  private static func port(_ text: Span<UInt8>, at range: Range<Int>) throws(AddressError) -> Port {
    guard !text.isEmpty else { throw .missingPort }
    switch WholeNumber.read(text, in: 0...65535) {
    case .success(let number): return .number(UInt16(number))
    case .failure(let fault) where fault == .outOfRange:
      throw .portOutOfRange(ByteString(text.copy))
    case .failure: return .name(range)
    }
  }

  private static func host(
    _ text: Span<UInt8>, names: any NameService
  ) throws(AddressError) -> IPAddress {
    if let quad = IPv4Address(quad: text) { return .v4(quad) }
    if let address = try ipv4(text) { return .v4(address) }
    guard !text.isEmpty else { throw .empty }
    // Digits and dots that are no address are a misprint: do not ask the resolver.
    let isNumeric = text.allSatisfy { isDigit($0) || $0 == UInt8(ascii: ".") }
    if !isNumeric, text.firstIndex(of: colon) == nil {
      let found = names.addresses(ofHost: ByteString(text.copy))
      if let address = found.first(where: { $0.family == .ipv4 }) ?? found.first { return address }
    }
    throw AddressError(ofHost: text)
  }

  /// An address in one of the forms of inet_aton(3).
  private static func ipv4(_ text: Span<UInt8>) throws(AddressError) -> IPv4Address? {
    var end = 0
    while end < text.count, !isBlank(text[end]) { end += 1 }
    guard let address = IPv4Address(ByteString(text.extracting(first: end).copy)) else {
      return nil
    }
    let rest = text.extracting(droppingFirst: end)
    guard rest.allSatisfy(isBlank) else { throw .textAfterBlank(ByteString(rest.copy)) }
    return address
  }

  /// An IPv4 address or the first IPv4 address of a host, as a netmask is written.
  static func ipv4Mask(_ text: Span<UInt8>, names: any NameService) -> IPv4Address? {
    if let quad = IPv4Address(quad: text) { return quad }
    do {
      if let address = try ipv4(text) { return address }
    } catch {
      return nil
    }
    guard !text.isEmpty, !text.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: ".") }) else {
      return nil
    }
    for case .v4(let address) in names.addresses(ofHost: ByteString(text.copy)) { return address }
    return nil
  }
}

extension EndpointText {
  /// The ranges of host and port in the text.
  private struct Parts {
    var host: Range<Int>
    var port: Range<Int>?
    var ipv6: IPv6Address?

    init(_ bytes: [UInt8], in range: Range<Int>) throws(AddressError) {
      let text = bytes.span.extracting(range)
      guard !text.isEmpty else { throw .empty }
      guard !text.allSatisfy(isDigit) else { throw .onlyDigits }
      host = range
      var isBracketedWhole = false
      if text[0] == UInt8(ascii: "[") {
        guard let end = text.firstIndex(of: UInt8(ascii: "]")) else { throw .missingBracket }
        host = range.lowerBound + 1..<range.lowerBound + end
        let rest = range.dropFirst(end + 1)
        if let first = rest.first {
          guard bytes[first] == colon else { throw .textAfterBracket(ByteString(bytes[rest])) }
          port = rest.dropFirst()
        }
        isBracketedWhole = rest.isEmpty
      }
      let inner = bytes.span.extracting(host)
      let (first, last) = (inner.firstIndex(of: colon), inner.lastIndex(of: colon))
      // Only an IPv6 address needs brackets where no port follows, and ipvsadm 1.31 takes no other.
      guard !isBracketedWhole || first != last else { throw .bracketsWithoutPort }
      if first != last { ipv6 = IPv6Address(ByteString(bytes[host])) }
      guard ipv6 == nil else { return }
      // Behind brackets of other hosts ipvsadm 1.31 reads no port, so that a lone colon does no harm.
      if port?.isEmpty == true { port = nil }
      guard let last else { return }
      // A port inside the brackets counts, and one behind them does not, as in ipvsadm 1.31.
      port = host.dropFirst(last + 1)
      host = host.lowerBound..<host.lowerBound + last
      if inner.firstIndex(of: UInt8(ascii: "%")) != nil { throw .zone(ByteString(bytes[range])) }
    }
  }
}

extension IPv4Address {
  /// Four decimal numbers without leading zeros, and nothing else.
  init?(quad text: Span<UInt8>) {
    guard let (address, end) = Self.quad(beginning: text), end == text.count else { return nil }
    self = address
  }

  /// Four decimal numbers without leading zeros that `text` begins with, and where they end: before
  /// a byte that is no digit.
  fileprivate static func quad(
    beginning text: Span<UInt8>
  ) -> (address: IPv4Address, end: Int)? {
    var bits: UInt32 = 0
    var index = 0
    for part in 0..<4 {
      if part > 0 {
        guard index < text.count, text[index] == UInt8(ascii: ".") else { return nil }
        index += 1
      }
      guard index < text.count, isDigit(text[index]) else { return nil }
      var number = UInt32(text[index] - UInt8(ascii: "0"))
      index += 1
      while index < text.count, isDigit(text[index]) {
        guard number > 0 else { return nil }
        number = number * 10 + UInt32(text[index] - UInt8(ascii: "0"))
        guard number <= 255 else { return nil }
        index += 1
      }
      bits = bits << 8 | number
    }
    return (IPv4Address(bits), index)
  }
}

extension AddressError {
  /// Why text that no resolver knows is no host.
  init(ofHost text: Span<UInt8>) {
    let host = text.copy
    let parts = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let strange = parts.filter { $0.isEmpty || !$0.allSatisfy(isDigit) }
    if host.contains(colon) {
      self = .tooManyColons(ByteString(host))
    } else if strange.isEmpty, parts.count > 4 {
      let last = parts[parts.count - 1]
      let isPort =
        parts.count == 5 && last.count <= 5 && Int(ByteString(last).description) ?? 0 <= 65535
      self = .tooManyNumbers(port: isPort ? ByteString(last) : nil)
    } else if strange.isEmpty {
      let large = parts.first { $0.count > 3 || $0.reduce(0) { $0 * 10 + Int($1 - 0x30) } > 255 }
      self = .numberTooLarge(ByteString(large ?? parts[0]))
    } else if strange.allSatisfy(\.isEmpty) {
      self = .missingNumber
    } else if parts.count == 4, strange.count < 4, strange.allSatisfy({ !$0.isEmpty }) {
      self = .notNumbers(strange.map { ByteString($0) })
    } else {
      self = .unknownHost(ByteString(host))
    }
  }
}

private let colon = UInt8(ascii: ":")
