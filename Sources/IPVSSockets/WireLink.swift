internal import CIPVSNetlink
internal import Glibc

/// A wire as C sees it: two functions and the object that they are called for.
final class WireLink {
  private let wire: any Wire

  init(_ wire: any Wire) {
    self.wire = wire
  }

  /// What C takes for a failure: a negative errno. A wire that names none has failed all the same.
  private static func failure(_ errno: Int32) -> Int32 {
    errno > 0 ? -errno : -EIO
  }

  /// The functions hold this object without retaining it.
  var functions: ipvs_wire {
    ipvs_wire(
      context: Unmanaged.passUnretained(self).toOpaque(),
      send: { context, datagram, length in
        guard let context else { return -EINVAL }
        let link = Unmanaged<WireLink>.fromOpaque(context).takeUnretainedValue()
        let refusal = link.wire.send(UnsafeRawBufferPointer(start: datagram, count: length).bytes)
        return refusal == 0 ? 0 : WireLink.failure(refusal)
      },
      receive: { context, buffer, capacity in
        guard let context, let buffer else { return -EINVAL }
        let link = Unmanaged<WireLink>.fromOpaque(context).takeUnretainedValue()
        switch link.wire.receive() {
        case .failed(let errno):
          return WireLink.failure(errno)
        case .datagram(let bytes):
          guard bytes.count <= capacity else { return -EBADMSG }
          buffer.copyMemory(from: bytes, byteCount: bytes.count)
          return Int32(bytes.count)
        }
      })
  }
}
