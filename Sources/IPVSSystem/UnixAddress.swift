// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The address of a unix socket of this machine: the path of a file, or an abstract name.
public struct UnixAddress {
  /// The most bytes of a path (unix(7)).
  public static let longestPath = 107

  private var address = sockaddr_un()

  /// How many bytes of `address` count: of a path all, and of an abstract name those that it has.
  private var size = socklen_t(MemoryLayout<sockaddr_un>.size)

  /// Nil if the path is longer than `longestPath` or holds a zero byte.
  public init?(path: [UInt8]) {
    guard path.count <= Self.longestPath, !path.contains(0) else { return nil }
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
  }

  /// An address as variables of the environment hold it: an absolute path, or `@` and an abstract name.
  ///
  /// - Returns: nil for anything else.
  public init?(named text: [UInt8]) {
    switch text.first {
    case UInt8(ascii: "/"): self.init(path: text)
    case UInt8(ascii: "@"): self.init(abstract: text.dropFirst())
    default: return nil
    }
  }

  private init?(abstract name: ArraySlice<UInt8>) {
    guard (1...Self.longestPath).contains(name.count) else { return nil }
    address.sun_family = sa_family_t(AF_UNIX)
    // The byte before the name is 0, which makes it abstract.
    withUnsafeMutableBytes(of: &address.sun_path) { room in
      UnsafeMutableRawBufferPointer(rebasing: room.dropFirst()).copyBytes(from: name)
    }
    size = socklen_t(Self.pathOffset + 1 + name.count)
  }

  private static let pathOffset =
    MemoryLayout<sockaddr_un>.size - MemoryLayout.size(ofValue: sockaddr_un().sun_path)

  /// The path that a socket is bound to; nil if it is bound to none.
  public static func path(of descriptor: Int32) -> [UInt8]? {
    var address = sockaddr_un()
    var size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let result = withUnsafeMutablePointer(to: &address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(descriptor, $0, &size)
      }
    }
    guard result == 0, address.sun_family == sa_family_t(AF_UNIX) else { return nil }
    let path = withUnsafeBytes(of: address.sun_path) { room in
      Array(room.prefix(max(0, Int(size) - pathOffset)).prefix { $0 != 0 })
    }
    return path.isEmpty ? nil : path
  }

  /// Sends a datagram to who listens there, and waits for room. Returns 0 or an errno.
  public func send(_ datagram: [UInt8], through descriptor: Int32) -> Int32 {
    withAddress {
      sendto(descriptor, datagram, datagram.count, Int32(MSG_NOSIGNAL), $0, $1) < 0 ? -1 : 0
    }
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
    withUnsafePointer(to: address) { address in
      address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        call(address, size) == 0 ? 0 : errno
      }
    }
  }
}
