/// One end of a packet and what comes in its place.
@usableFromInline
struct AddressChange {
  @usableFromInline let address: UInt128
  @usableFromInline let port: UInt16
  @usableFromInline let isOtherPort: Bool

  /// What replaces the old address in a sum, and the old port.
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

  /// The checksum of TCP or UDP after the change, both in the order of memory.
  @inlinable @inline(__always)
  func applied(to old: UInt16, _ checksum: ChecksumState) -> UInt16 {
    switch checksum {
    case .complete: ~InternetChecksum.fold(UInt64(~old) &+ ofAddress &+ ofPort)
    case .partial: InternetChecksum.fold(UInt64(old) &+ ofAddress)
    }
  }
}
