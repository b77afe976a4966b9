// SPDX-License-Identifier: Apache-2.0

internal import CIPVSNetlink
internal import Glibc

/// A transport as C sees it: two functions and the object that they are called for.
final class TransportLink {
  private let transport: any Transport

  init(_ transport: any Transport) {
    self.transport = transport
  }

  func limitWait(to milliseconds: UInt32) { transport.limitWait(to: milliseconds) }

  /// A failure as C has it: a negative errno; EIO where the transport gives none.
  private static func failure(_ errno: Int32) -> Int32 {
    errno > 0 ? -errno : -EIO
  }

  /// The functions hold this object without retaining it.
  var functions: ipvs_transport {
    ipvs_transport(
      context: Unmanaged.passUnretained(self).toOpaque(),
      send: { context, datagram, length in
        guard let context else { return -EINVAL }
        let link = Unmanaged<TransportLink>.fromOpaque(context).takeUnretainedValue()
        let rejection = link.transport.send(
          UnsafeRawBufferPointer(start: datagram, count: length).bytes)
        return rejection == 0 ? 0 : TransportLink.failure(rejection)
      },
      receive: { context, buffer, capacity in
        guard let context, let buffer else { return -EINVAL }
        let link = Unmanaged<TransportLink>.fromOpaque(context).takeUnretainedValue()
        switch link.transport.receive() {
        case .failed(let errno):
          return TransportLink.failure(errno)
        case .datagram(let bytes):
          guard bytes.count <= capacity else { return -EBADMSG }
          buffer.copyMemory(from: bytes, byteCount: bytes.count)
          return Int32(bytes.count)
        }
      })
  }
}
