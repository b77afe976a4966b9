// SPDX-License-Identifier: Apache-2.0

public import IPVSText

/// An address of 128 bits.
public struct IPv6Address: Hashable, Sendable {
  /// The address as a number: `::1` is 1.
  public let bits: UInt128

  /// The address of this number.
  public init(_ bits: UInt128) {
    self.bits = bits
  }

  /// The address whose eight groups, first to last, are `groups`.
  init(groups: some Sequence<UInt16>) {
    bits = groups.reduce(0) { $0 << 16 | UInt128($1) }
  }

  /// Whether the address is in ff00::/8 (RFC 4291, section 2.7).
  public var isMulticast: Bool { bits >> 120 == 0xff }

  /// Reads the text forms of RFC 4291, section 2.2: groups of one to four hexadecimal digits, `::`
  /// once for one or more groups of zeros, and a dotted quad in place of the last two groups. A zone
  /// (`%eth0`) is refused.
  public init?(_ text: ByteString) {
    var rest = text.bytes[...]
    var groups: [UInt16] = []
    var gap: Int?
    if rest.starts(with: [colon, colon]) {
      rest = rest.dropFirst(2)
      gap = 0
    }
    while !rest.isEmpty {
      let group = rest.prefix { $0 != colon }
      if group.count == rest.count, group.contains(UInt8(ascii: ".")) {
        guard let quad = Self.dottedQuad(group) else { return nil }
        groups.append(UInt16(quad >> 16))
        groups.append(UInt16(truncatingIfNeeded: quad))
        break
      }
      guard let value = Self.group(group) else { return nil }
      groups.append(value)
      rest = rest.dropFirst(group.count)
      guard !rest.isEmpty else { break }
      rest = rest.dropFirst()
      if rest.first == colon {
        guard gap == nil else { return nil }
        gap = groups.count
        rest = rest.dropFirst()
      } else if rest.isEmpty {
        return nil
      }
    }
    guard groups.count <= (gap == nil ? 8 : 7) else { return nil }
    if let gap {
      groups.insert(contentsOf: repeatElement(0, count: 8 - groups.count), at: gap)
    }
    guard groups.count == 8 else { return nil }
    self.init(groups: groups)
  }

  private static func group(_ digits: ArraySlice<UInt8>) -> UInt16? {
    guard (1...4).contains(digits.count) else { return nil }
    var value: UInt16 = 0
    for byte in digits {
      guard let digit = hexDigitValue(byte) else { return nil }
      value = value << 4 | UInt16(digit)
    }
    return value
  }

  /// Exactly four decimal numbers without leading zeros, as inet_pton(3) wants them here.
  private static func dottedQuad(_ text: ArraySlice<UInt8>) -> UInt32? {
    let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var value: UInt32 = 0
    for part in parts {
      guard (1...3).contains(part.count), part.count == 1 || part.first != UInt8(ascii: "0"),
        part.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
      else { return nil }
      let number = part.reduce(UInt32(0)) { $0 * 10 + UInt32($1 - UInt8(ascii: "0")) }
      guard number <= 255 else { return nil }
      value = value << 8 | number
    }
    return value
  }
}

private let colon = UInt8(ascii: ":")

extension IPv6Address: Comparable {
  /// By number.
  public static func < (left: IPv6Address, right: IPv6Address) -> Bool { left.bits < right.bits }
}

extension IPv6Address {
  /// The bytes that must be free for the text of an address.
  public static let textRoom = 40

  /// The group of 16 bits at `index`, 0...7 from the left.
  private func group(_ index: Int) -> UInt16 {
    UInt16(truncatingIfNeeded: bits >> (112 - 16 * index))
  }

  /// The first of the longest runs of two or more groups of zeros; empty at 8 where there is none.
  private var longestZeros: Range<Int> {
    var best = 8..<8
    var start = 0
    while start < 8 {
      var end = start
      while end < 8, group(end) == 0 { end += 1 }
      if end - start >= 2, end - start > best.count { best = start..<end }
      start = max(end, start + 1)
    }
    return best
  }

  /// Writes the text over the bytes of `output` from `start`, and returns the offset after it.
  fileprivate func write(into output: inout MutableRawSpan, at start: Int) -> Int {
    let gap = longestZeros
    let holdsQuad = gap == 0..<6 || (gap == 0..<5 && group(5) == 0xffff)
    var position = start
    var index = 0
    while index < 8 {
      if index == gap.lowerBound {
        position = output.write(byte: colon, at: position)
        position = output.write(byte: colon, at: position)
        index = gap.upperBound
        continue
      }
      if index != 0, index != gap.upperBound { position = output.write(byte: colon, at: position) }
      if index == 6, holdsQuad {
        return output.write(IPv4Address(UInt32(truncatingIfNeeded: bits)), at: position)
      }
      position = output.writeHexadecimal(group(index), at: position)
      index += 1
    }
    return position
  }
}

extension MutableRawSpan {
  /// Writes one to four digits in lower case.
  fileprivate mutating func writeHexadecimal(_ number: UInt16, at start: Int) -> Int {
    var position = start
    let leading = number == 0 ? 3 : number.leadingZeroBitCount / 4
    for shift in stride(from: 12 - 4 * leading, through: 0, by: -4) {
      let digit = UInt8(truncatingIfNeeded: number >> shift) & 0xf
      let first = digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10
      position = write(byte: first + digit, at: position)
    }
    return position
  }

  /// Writes the address as inet_ntop(3) does over the bytes from `start`, and returns the offset after
  /// the last: RFC 5952, and additionally a dotted quad for the last 32 bits of `::a.b.c.d`
  /// and `::ffff:a.b.c.d`. Needs `IPv6Address.textRoom` bytes.
  public mutating func write(_ address: IPv6Address, at start: Int) -> Int {
    address.write(into: &self, at: start)
  }
}

extension TextBuffer {
  /// Appends the address as inet_ntop(3) writes it: RFC 5952, and additionally a dotted quad for the
  /// last 32 bits of `::a.b.c.d` and `::ffff:a.b.c.d`.
  public mutating func append(_ address: IPv6Address) {
    append(atMost: IPv6Address.textRoom) { output in output.write(address, at: 0) }
  }
}

extension IPv6Address: LosslessStringConvertible {
  /// Reads an address as `init(_: ByteString)` does.
  public init?(_ text: String) {
    self.init(ByteString(text))
  }

  /// The text of RFC 5952, as `TextBuffer.append(_:)` writes it.
  public var description: String {
    var text = TextBuffer()
    text.append(self)
    return String(decoding: text.bytes, as: UTF8.self)
  }
}
