/// Bytes that are not what netlink or the IPVS family says they should be.
public enum NetlinkFormatError: Error, Hashable, Sendable {
  /// An attribute says that it is `claimed` bytes long where `available` are left.
  case attributeLength(type: UInt16, claimed: Int, available: Int)

  /// The payload of an attribute ends before the number in it does.
  case attributeTooShort(type: UInt16, needed: Int, available: Int)

  /// A message ends before its generic netlink header does, or where its length cannot be right.
  case messageLength(claimed: Int, available: Int)

  /// A reply lacks an attribute without which it says nothing.
  case attributeMissing(type: UInt16, in: UInt16)

  /// A reply holds a value that stands for nothing, such as an unknown family of addresses.
  case valueUnknown(type: UInt16, value: UInt64)

  /// A reply to one command carries the number of another.
  case commandUnexpected(UInt8)
}
