// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The address of a unix socket of this machine: the path of a file.
public struct UnixAddress {
  /// The most bytes of a path (unix(7)).
  public static let longestPath = 107

  private var address = sockaddr_un()

  /// Nil if the path is longer than `longestPath` or holds a zero byte.
  public init?(path: [UInt8]) {
    guard path.count <= Self.longestPath, !path.contains(0) else { return nil }
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
  }

  /// Makes the socket file, and binds a socket to it. Returns 0 or an errno.
  public func bind(_ descriptor: Int32) -> Int32 {
    withAddress { Glibc.bind(descriptor, $0, $1) }
  }

  /// Connects a socket to who listens there. Returns 0 or an errno.
  public func connect(_ descriptor: Int32) -> Int32 {
    withAddress { Glibc.connect(descriptor, $0, $1) }
  }

  private func withAddress(_ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    return withUnsafePointer(to: address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        call(address, size) == 0 ? 0 : errno
      }
    }
  }
}
