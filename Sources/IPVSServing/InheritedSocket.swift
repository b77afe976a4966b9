// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSSystem
public import IPVSText

/// The listening socket of a path that another process made, and passed to this one when it started it.
/// Its file is that process's, which may listen there before and after this one.
public struct InheritedSocket: ~Copyable {
  private let descriptor: Int32

  /// Why descriptors that were passed cannot serve a path.
  public enum Fault: Hashable, Sendable {
    /// There is more than one.
    case several(Int)

    /// It is no listening unix socket of type SOCK_SEQPACKET.
    case otherKind(name: ByteString)

    /// It listens at another path; nil if at none.
    case elsewhere(name: ByteString, ByteString?)
  }

  /// Takes the socket of a path from those that were passed.
  ///
  /// - Returns: nil if none were passed.
  public init?(
    of path: ByteString, from passed: [ServiceManager.PassedDescriptor]
  ) throws(ListenerError) {
    guard let first = passed.first else { return nil }
    guard passed.count == 1 else { throw .unusable(path, .several(passed.count)) }
    guard Self.isListening(first.number) else {
      throw .unusable(path, .otherKind(name: first.name))
    }
    let bound = UnixAddress.path(of: first.number).map { ByteString($0) }
    guard let bound, Self.isSame(bound, path) else {
      throw .unusable(path, .elsewhere(name: first.name, bound))
    }
    descriptor = first.number
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }

  deinit { close(descriptor) }

  /// The descriptor, which the caller closes.
  consuming func take() -> Int32 {
    let descriptor = descriptor
    discard self
    return descriptor
  }

  private static func isListening(_ descriptor: Int32) -> Bool {
    option(SO_DOMAIN, of: descriptor) == AF_UNIX
      && option(SO_TYPE, of: descriptor) == Int32(SOCK_SEQPACKET.rawValue)
      && option(SO_ACCEPTCONN, of: descriptor) == 1
  }

  private static func option(_ name: Int32, of descriptor: Int32) -> Int32? {
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
  }

  /// Whether two paths name one file, which a symbolic link on the way does not change.
  private static func isSame(_ one: ByteString, _ other: ByteString) -> Bool {
    if one == other { return true }
    guard let file = FileIdentity(one) else { return false }
    return file == FileIdentity(other)
  }
}
