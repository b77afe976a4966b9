// SPDX-License-Identifier: Apache-2.0

/// How far the transport checksum of a packet is computed.
public enum ChecksumState: Hashable, Sendable {
  /// It covers the whole packet; it may be wrong.
  case complete

  /// It is the sum of the pseudo header only; the network card that sends the packet completes it
  /// (`CHECKSUM_PARTIAL`).
  case partial
}

/// The checksum of IP, TCP, UDP, and ICMP (RFC 1071), and its update when fields change (RFC 1624).
///
/// Words are taken as they lie in memory: the sum of swapped words is the swapped sum (RFC 1071,
/// section 2 B), so nothing is swapped before a folded sum is stored.
public enum InternetChecksum {
  /// Folds a sum of 16-bit words to one of them: 0 only if all words are.
  @inlinable @inline(__always)
  public static func fold(_ sum: UInt64) -> UInt16 {
    // Adding a number to itself with its halves swapped leaves their sum, carry included, in the upper.
    let half = UInt32(truncatingIfNeeded: (sum &+ (sum >> 32 | sum << 32)) >> 32)
    return UInt16(truncatingIfNeeded: (half &+ (half >> 16 | half << 16)) >> 16)
  }

  /// The sum of the words in a part of a packet; the last of an odd number of bytes counts as if a
  /// zero followed.
  ///
  /// - Parameters:
  ///   - bytes: The packet.
  ///   - range: Within the bytes.
  public static func sum(of bytes: RawSpan, in range: Range<Int>) -> UInt64 {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.byteCount)
    var sum: UInt64 = 0
    var offset = range.lowerBound
    while offset &+ 8 <= range.upperBound {
      sum &+= words(bytes.raw(UInt64.self, at: offset))
      offset &+= 8
    }
    if offset &+ 4 <= range.upperBound {
      sum &+= UInt64(bytes.raw(UInt32.self, at: offset))
      offset &+= 4
    }
    if offset &+ 2 <= range.upperBound {
      sum &+= UInt64(bytes.raw(UInt16.self, at: offset))
      offset &+= 2
    }
    if offset < range.upperBound {
      sum &+= UInt64(UInt16(littleEndian: UInt16(bytes.raw(UInt8.self, at: offset))))
    }
    return sum
  }

  /// The sum of the words in a number as it lies in memory.
  @inlinable @inline(__always)
  static func words(_ number: UInt64) -> UInt64 {
    (number & 0xffff_ffff) &+ (number >> 32)
  }

  /// The sum of the words of an address that counts into the checksums of its family.
  @inlinable @inline(__always)
  static func words(address: UInt128) -> UInt64 {
    let number = address.bigEndian
    return words(UInt64(truncatingIfNeeded: number))
      &+ words(UInt64(truncatingIfNeeded: number >> 64))
  }

  /// What to add to a sum to replace an address: the old one's complement and the new one (RFC 1624,
  /// equation 3).
  @inlinable @inline(__always)
  static func change(ofAddress old: UInt128, to new: UInt128, isIPv4: Bool) -> UInt64 {
    guard isIPv4 else { return words(address: ~old) &+ words(address: new) }
    let old = UInt64((~UInt32(truncatingIfNeeded: old)).bigEndian)
    return old &+ UInt64(UInt32(truncatingIfNeeded: new).bigEndian)
  }

  /// What to add to a sum to replace a port.
  @inlinable @inline(__always)
  static func change(ofPort old: UInt16, to new: UInt16) -> UInt64 {
    UInt64((~old).bigEndian) &+ UInt64(new.bigEndian)
  }

  /// The sum of the pseudo header that TCP, UDP, and ICMPv6 count in (RFC 9293, section 3.1;
  /// RFC 8200, section 8.1).
  ///
  /// - Parameter length: The bytes of the transport header and what follows.
  static func pseudoHeader(
    source: UInt128, destination: UInt128, length: Int, transport: UInt8
  ) -> UInt64 {
    words(address: source) &+ words(address: destination)
      &+ UInt64(UInt32(truncatingIfNeeded: length).bigEndian)
      &+ UInt64(UInt32(transport).bigEndian)
  }
}

/// The replacement of a packet's source or destination.
@usableFromInline
struct AddressChange {
  @usableFromInline let address: UInt128
  @usableFromInline let port: UInt16
  @usableFromInline let isOtherPort: Bool

  /// What to add to a sum to replace the address, and the port.
  @usableFromInline let ofAddress: UInt64
  @usableFromInline let ofPort: UInt64

  @inlinable @inline(__always)
  init(
    of old: UInt128, to new: UInt128, port oldPort: UInt16, to newPort: UInt16, isIPv4: Bool
  ) {
    address = new
    port = newPort
    isOtherPort = oldPort != newPort
    ofAddress = InternetChecksum.change(ofAddress: old, to: new, isIPv4: isIPv4)
    ofPort = InternetChecksum.change(ofPort: oldPort, to: newPort)
  }

  /// Updates the checksum of TCP or UDP, in the order of memory.
  @inlinable @inline(__always)
  func applied(to old: UInt16, _ checksum: ChecksumState) -> UInt16 {
    switch checksum {
    case .complete: ~InternetChecksum.fold(UInt64(~old) &+ ofAddress &+ ofPort)
    case .partial: InternetChecksum.fold(UInt64(old) &+ ofAddress)
    }
  }
}
