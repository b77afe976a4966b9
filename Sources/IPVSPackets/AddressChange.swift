internal import IPVSAddresses

/// One end of a packet and what comes in its place.
struct AddressChange {
  let address: UInt128
  let port: UInt16
  let oldPort: UInt16

  /// What replaces the old address in a sum, and the old port.
  private let ofAddress: UInt64
  private let ofPort: UInt64

  @inline(__always)
  init(
    of old: UInt128, to new: UInt128, port oldPort: UInt16, to newPort: UInt16,
    _ family: AddressFamily
  ) {
    address = new
    port = newPort
    self.oldPort = oldPort
    ofAddress = InternetChecksum.change(ofAddress: old, to: new, isIPv4: family == .ipv4)
    ofPort = InternetChecksum.change(ofPort: oldPort, to: newPort)
  }

  /// The checksum of TCP or UDP after the change, both in the order of memory.
  @inline(__always)
  func applied(to old: UInt16, _ checksum: ChecksumState) -> UInt16 {
    switch checksum {
    case .complete: ~InternetChecksum.fold(UInt64(~old) &+ ofAddress &+ ofPort)
    case .partial: InternetChecksum.fold(UInt64(old) &+ ofAddress)
    }
  }
}
