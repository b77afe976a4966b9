// SPDX-License-Identifier: Apache-2.0

/// A message that breaks the rules of netlink or of its family.
public enum NetlinkFormatError: Error, Hashable, Sendable {
  /// An attribute claims `claimed` bytes where `available` are left.
  case attributeLength(type: UInt16, claimed: Int, available: Int)

  /// An attribute's payload is shorter than the number in it.
  case attributeTooShort(type: UInt16, needed: Int, available: Int)

  /// A message is shorter than its generic netlink header, or its length field is impossible.
  case messageLength(claimed: Int, available: Int)

  /// A reply lacks a mandatory attribute.
  case attributeMissing(type: UInt16, in: UInt16)

  /// A reply holds an undefined value, such as an unknown address family.
  case valueUnknown(type: UInt16, value: UInt64)

  /// A reply carries another command than the one expected.
  case commandUnexpected(UInt8)
}

extension NetlinkFormatError: CustomStringConvertible {
  /// One line that names the attribute or message, and what is wrong with it.
  public var description: String {
    switch self {
    case .attributeLength(let type, let claimed, let available):
      "attribute \(type) claims \(claimed) bytes of \(available)"
    case .attributeTooShort(let type, let needed, let available):
      "attribute \(type) has \(available) bytes of \(needed)"
    case .messageLength(let claimed, let available):
      "a message claims \(claimed) bytes of \(available)"
    case .attributeMissing(let type, let nest): "attribute \(type) is missing in \(nest)"
    case .valueUnknown(let type, let value): "attribute \(type) has the unknown value \(value)"
    case .commandUnexpected(let command): "unexpected command \(command)"
    }
  }
}
