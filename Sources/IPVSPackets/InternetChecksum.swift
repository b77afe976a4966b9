/// The checksum of IP, TCP, UDP, and ICMP (RFC 1071), kept up to date as fields change (RFC 1624).
public enum InternetChecksum {
  /// Folds a sum of 16-bit words to one of them.
  static func fold(_ sum: UInt64) -> UInt16 {
    var sum = (sum & 0xffff_ffff) + (sum >> 32)
    sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32)
    sum = (sum & 0xffff) + (sum >> 16)
    return UInt16(truncatingIfNeeded: (sum & 0xffff) + (sum >> 16))
  }
}
