// SPDX-License-Identifier: Apache-2.0

public import IPVSText

/// All addresses that begin with the same bits: `10.0.0.0/8`, `2001:db8::/32`, or one address alone.
public struct AddressPrefix: Hashable, Sendable {
  /// The first of the addresses: the bits behind the prefix are 0.
  public let address: IPAddress

  /// How many bits the addresses have in common: 0 to 32 or 128.
  public let length: Int

  /// The prefix of an address.
  ///
  /// - Parameters:
  ///   - address: One of the addresses; its bits behind the prefix do not count.
  ///   - length: How many bits count; nil for all of them.
  /// - Returns: Nil where the length is not one of the address's family.
  public init?(_ address: IPAddress, length: Int? = nil) {
    let width = Self.width(of: address.family)
    let length = length ?? width
    guard (0...width).contains(length) else { return nil }
    self.length = length
    self.address =
      switch address {
      case .v4(let address): .v4(IPv4Address(address.bits & ~(UInt32.max >> UInt32(length))))
      case .v6(let address): .v6(IPv6Address(address.bits & ~(UInt128.max >> UInt128(length))))
      }
  }

  /// Reads `10.0.0.0/8`, `2001:db8::/32`, or an address: of IPv4 all four numbers.
  public init?(_ text: ByteString) {
    guard let slash = text.bytes.firstIndex(of: UInt8(ascii: "/")) else {
      guard let address = Self.address(text) else { return nil }
      self.init(address)
      return
    }
    let digits = text.bytes[(slash + 1)...]
    guard let address = Self.address(ByteString(text.bytes[..<slash])),
      (1...3).contains(digits.count),
      digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    self.init(address, length: digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) })
  }

  /// Of IPv4 only the usual form: of others, such as `10.1` and `010.0.0.1`, people think differently.
  private static func address(_ text: ByteString) -> IPAddress? {
    if let address = IPv6Address(text) { return .v6(address) }
    guard let address = IPv4Address(text), address.description == text.description else {
      return nil
    }
    return .v4(address)
  }

  /// The most bits of a prefix.
  public static func width(of family: AddressFamily) -> Int { family == .ipv4 ? 32 : 128 }

  /// Whether an address begins with the prefix.
  public func contains(_ other: IPAddress) -> Bool {
    switch (address, other) {
    case (.v4(let first), .v4(let other)): (first.bits ^ other.bits) >> UInt32(32 - length) == 0
    case (.v6(let first), .v6(let other)): (first.bits ^ other.bits) >> UInt128(128 - length) == 0
    default: false
    }
  }
}

extension AddressPrefix: CustomStringConvertible {
  /// `10.0.0.0/8`; an address alone where all of its bits count.
  public var description: String {
    length == Self.width(of: address.family) ? "\(address)" : "\(address)/\(length)"
  }
}
