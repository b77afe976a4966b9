// SPDX-License-Identifier: Apache-2.0

/// The other end of a netlink socket that is not the kernel's: it takes datagrams and gives some
/// back, byte for byte what an AF_NETLINK socket would carry.
public protocol Transport: AnyObject {
  /// Takes one datagram; returns 0, or the errno for which it cannot.
  func send(_ datagram: RawSpan) -> Int32

  /// The next datagram that is due.
  func receive() -> Received

  /// Sets how long `receive` may wait from now on. A transport that never waits need not have it.
  ///
  /// - Parameter milliseconds: 0 for no wait.
  func limitWait(to milliseconds: UInt32)
}

extension Transport {
  /// Does nothing: for a transport that never waits.
  public func limitWait(to milliseconds: UInt32) {}
}

/// The result of receiving through a transport.
public enum Received: Sendable {
  /// The next datagram.
  case datagram([UInt8])

  /// Nothing will come: ETIMEDOUT, ENOBUFS, ECONNRESET, ...
  case failed(errno: Int32)
}
