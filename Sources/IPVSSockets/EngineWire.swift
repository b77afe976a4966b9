internal import CIPVSNetlink
internal import Glibc

/// The way to an IPVS in another process: a unix socket of type SOCK_SEQPACKET, on which each packet
/// is what one datagram on a generic netlink socket would be.
public final class EngineWire: Wire {
  private let descriptor: Int32

  /// Connects to the socket at `path`.
  ///
  /// - Parameter patience: how long, in milliseconds, an answer may take.
  public init(path: [UInt8], patience: UInt32 = 10_000) throws(SocketError) {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
      guard path.count < room.count, !path.contains(0) else { return false }
      room.copyBytes(from: path)
      return true
    }
    guard fits else { throw .refused(errno: ENAMETOOLONG) }
    descriptor = socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw .refused(errno: errno) }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let result = withUnsafePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
    }
    guard result == 0 else {
      let code = errno
      close(descriptor)
      throw .refused(errno: code)
    }
    var limit = timeval(
      tv_sec: Int(patience / 1000), tv_usec: Int(patience % 1000) * 1000)
    setsockopt(
      descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit {
    close(descriptor)
  }

  public func send(_ datagram: RawSpan) -> Int32 {
    while true {
      let sent = datagram.withUnsafeBytes { bytes in
        Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      }
      if sent >= 0 { return 0 }
      if errno != EINTR { return errno }
    }
  }

  public func receive() -> Received {
    var buffer = [UInt8](repeating: 0, count: IPVS_LARGEST_DATAGRAM)
    while true {
      let length = recv(descriptor, &buffer, buffer.count, 0)
      if length > 0 { return .datagram(Array(buffer[..<length])) }
      if length == 0 { return .failed(errno: ECONNRESET) }
      if errno != EINTR { return .failed(errno: errno == EAGAIN ? ETIMEDOUT : errno) }
    }
  }
}
