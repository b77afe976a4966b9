extension MutableRawSpan {
  /// Does what the sender of a packet left to a network card: sums all from `start` to `end`, in
  /// which a partial checksum counts, and stores the result. A sum of 0 becomes 0xffff, whatever the
  /// protocol (`skb_checksum_help`).
  ///
  /// False, and nothing is stored, where the two do not lie within the packet.
  ///
  /// - Parameters:
  ///   - start: `csum_start` of `struct virtio_net_hdr`, from the IP header.
  ///   - offset: `csum_offset`: where the sum goes, from `start`.
  ///   - end: where the packet ends; no more than `byteCount`.
  public mutating func completeChecksum(from start: Int, offset: Int, end: Int) -> Bool {
    guard start >= 0, offset >= 0, end <= byteCount, start <= end, offset <= end - start - 2 else {
      return false
    }
    let sum = ~InternetChecksum.fold(InternetChecksum.sum(of: bytes, in: start..<end))
    store(raw: sum == 0 ? 0xffff : sum, at: start + offset)
    return true
  }
}
