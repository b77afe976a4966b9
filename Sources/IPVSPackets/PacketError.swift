/// Why bytes are no packet that can be read.
public enum PacketError: Error, Hashable {
  /// The bytes end inside of a header, or before the end that the header names.
  case truncated(needed: Int, available: Int)

  /// The first four bits are neither 4 nor 6.
  case version(UInt8)

  /// An IPv4 header of fewer than 20 bytes.
  case headerLength(Int)

  /// The length of the whole is less than that of its headers.
  case totalLength(Int, headers: Int)
}
