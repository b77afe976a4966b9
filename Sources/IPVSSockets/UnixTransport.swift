internal import CIPVSNetlink
internal import Glibc
internal import IPVSUnixSockets

/// The way to an IPVS in another process.
final class UnixTransport: Transport {
  private let descriptor: Int32

  /// Connects to the socket at `path`.
  ///
  /// - Parameter patience: how long, in milliseconds, an answer may take.
  init(path: [UInt8], patience: UInt32) throws(SocketError) {
    descriptor = try Self.connected(to: path)
    var limit = timeval(tv_sec: Int(patience / 1000), tv_usec: Int(patience % 1000) * 1000)
    if patience == 0 { limit.tv_usec = 1 }  // all zeros would mean for ever
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  fileprivate static func connected(to path: [UInt8]) throws(SocketError) -> Int32 {
    guard let address = UnixAddress(path: path) else { throw .refused(errno: ENAMETOOLONG) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw .refused(errno: errno) }
    let result = address.connect(descriptor)
    guard result == 0 else {
      close(descriptor)
      throw .refused(errno: result)
    }
    return descriptor
  }

  deinit {
    close(descriptor)
  }

  func send(_ datagram: RawSpan) -> Int32 {
    while true {
      let sent = datagram.withUnsafeBytes { bytes in
        Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      }
      if sent >= 0 { return 0 }
      if errno != EINTR { return errno }
    }
  }

  func receive() -> Received {
    var failure: Int32 = 0
    let datagram = [UInt8](unsafeUninitializedCapacity: IPVS_LARGEST_DATAGRAM) { buffer, count in
      // With this flag the length is that of the whole packet, also where it did not fit.
      var length = 0
      repeat {
        length = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_TRUNC))
      } while length < 0 && errno == EINTR
      if length < 0 { failure = errno == EAGAIN ? ETIMEDOUT : errno }
      if length == 0 { failure = ECONNRESET }
      if length > buffer.count { failure = EBADMSG }
      if failure == 0 { count = length }
    }
    return failure == 0 ? .datagram(datagram) : .failed(errno: failure)
  }
}

/// The socket of an engine, for texts about who answers there.
package enum EngineSocket {
  /// The process that listens at a path; nil if there is none, or it is of another PID namespace.
  package static func process(listeningAt path: [UInt8]) -> Int32? {
    guard let descriptor = try? UnixTransport.connected(to: path) else { return nil }
    defer { close(descriptor) }
    // struct ucred: process, user, group.
    var credentials: InlineArray<3, Int32> = [0, 0, 0]
    var size = socklen_t(MemoryLayout<InlineArray<3, Int32>>.size)
    let result = getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size)
    return result == 0 && credentials[0] > 0 ? credentials[0] : nil
  }
}
