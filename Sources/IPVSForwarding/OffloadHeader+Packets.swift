internal import IPVSDevices
internal import IPVSPackets

extension OffloadHeader {
  /// The bytes of each segment, headers included; nil for a packet that is one.
  var segmentLength: Int? {
    isSeveralSegments ? Int(headersLength) + Int(segmentSize) : nil
  }

  /// What is in the packet's checksum.
  var checksum: ChecksumState { hasPartialChecksum ? .partial : .complete }
}
