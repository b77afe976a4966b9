/// The other end of a netlink socket that is not the kernel's: it takes datagrams and gives some
/// back, byte for byte what an AF_NETLINK socket would carry.
public protocol Transport: AnyObject {
  /// Takes one datagram; returns 0, or the errno for which it cannot.
  func send(_ datagram: RawSpan) -> Int32

  /// The next datagram that is due.
  func receive() -> Received
}

/// What came through a wire.
public enum Received: Sendable {
  case datagram([UInt8])

  /// Nothing will come: ETIMEDOUT, ENOBUFS, ECONNRESET, ...
  case failed(errno: Int32)
}
