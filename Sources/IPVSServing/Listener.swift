// SPDX-License-Identifier: Apache-2.0

internal import CIPVSSystem
internal import Glibc
internal import IPVSSystem
public import IPVSText

/// A unix socket of type SOCK_SEQPACKET that clients connect to: a file that only its owner and root
/// may use, and that is gone when this value is. One that the process was started with stays, and its file
/// has the mode that its maker gave it.
public struct Listener: ~Copyable {
  /// For poll(2): readable when a client waits.
  public private(set) var descriptor: Int32

  /// The file as it was made: another that has its name now is not ours to remove. nil if it was gone when
  /// the process that made it passed the socket on.
  private var file: FileIdentity?

  /// Whether the socket is that of another process, which passed it on.
  private var isInherited: Bool

  private var claim: SocketClaim

  public var path: ByteString { claim.path }

  /// Takes the socket that the process was started with, or makes it. A stale one, at which no process
  /// listens, is replaced.
  public init(_ claim: consuming SocketClaim) throws(ListenerError) {
    if let passed = claim.takeInherited() {
      (descriptor, file, isInherited) = (passed, FileIdentity(claim.path), true)
    } else {
      (descriptor, file) = try claim.listen()
      isInherited = false
    }
    self.claim = claim
  }

  deinit {
    // In this order, so that a client that finds the file can connect.
    if let file, !isInherited, FileIdentity(path) == file { _ = path.withCString { unlink($0) } }
    close(descriptor)
  }

  /// Makes the socket and its lock anew where their files were removed. If that fails, the next call
  /// tries again.
  ///
  /// - Throws: `inUse` if another process serves at the path now.
  mutating func restore() throws(ListenerError) {
    do throws(ListenerError) {
      try claim.renew()
      if let file, FileIdentity(path) == file { return }
      let former = descriptor
      (descriptor, file) = try claim.listen()
      isInherited = false
      close(former)
    } catch {
      if case .inUse = error { throw error }
    }
  }

  /// What an attempt to accept a connection gives.
  enum Arrival {
    case client(Int32)

    /// A connection of another user, which was closed.
    case stranger

    case none

    /// The process or the system has no descriptor or memory left, for which it gives this errno.
    case noRoom(errno: Int32)
  }

  func next() -> Arrival {
    let client = ipvs_accept(descriptor)
    switch -client {
    case EAGAIN, EINTR, ECONNABORTED: return .none
    case let errno where errno > 0: return .noRoom(errno: errno)
    default: break
    }
    var user: uid_t = 0
    guard ipvs_peer_user(client, &user) == 0, user == 0 || user == geteuid() else {
      close(client)
      return .stranger
    }
    return .client(client)
  }
}
