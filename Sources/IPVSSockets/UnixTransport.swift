// SPDX-License-Identifier: Apache-2.0

internal import CIPVSNetlink
internal import Glibc
internal import IPVSNetlinkFormat
internal import IPVSProtocol
internal import IPVSSystem

/// A connection to an IPVS in another process.
final class UnixTransport: Transport {
  private let descriptor: Int32

  /// Where datagrams arrive. Most are small, and an array of this size for each would make malloc tidy
  /// up each time.
  private let room = UnsafeMutableRawBufferPointer.allocate(
    byteCount: IPVS_LARGEST_DATAGRAM, alignment: 8)

  /// Connects to the socket at `path`.
  ///
  /// - Parameter patience: How long the other end may take to accept a connection or a datagram, and
  ///   for an answer, in milliseconds.
  init(path: [UInt8], patience: UInt32) throws(SocketError) {
    descriptor = try Self.connected(to: path, patience)
    limitWait(to: patience)
  }

  fileprivate static func connected(
    to path: [UInt8], _ patience: UInt32
  ) throws(SocketError) -> Int32 {
    guard let address = UnixAddress(path: path) else { throw .refused(errno: ENAMETOOLONG) }
    let descriptor = socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw .refused(errno: errno) }
    limit(SO_SNDTIMEO, of: descriptor, to: patience)
    let result = address.connect(descriptor)
    guard result == 0 else {
      close(descriptor)
      throw result == EAGAIN ? .silence : .refused(errno: result)
    }
    return descriptor
  }

  deinit {
    close(descriptor)
    room.deallocate()
  }

  func limitWait(to milliseconds: UInt32) {
    Self.limit(SO_RCVTIMEO, of: descriptor, to: milliseconds)
  }

  private static func limit(_ option: Int32, of descriptor: Int32, to milliseconds: UInt32) {
    var limit = timeval(tv_sec: Int(milliseconds / 1000), tv_usec: Int(milliseconds % 1000) * 1000)
    if milliseconds == 0 { limit.tv_usec = 1 }  // all zeros would mean for ever
    setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  func send(_ datagram: RawSpan) -> Int32 {
    while true {
      let sent = datagram.withUnsafeBytes { bytes in
        Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      }
      if sent >= 0 { return 0 }
      switch errno {
      case EINTR: continue
      case EAGAIN: return ETIMEDOUT
      case let failure where failure == EPIPE || failure == ECONNRESET:
        // A full engine says so and closes, whether or not it was asked something.
        if case .failed(EngineFamily.fullErrno) = receive() { return EngineFamily.fullErrno }
        return failure
      default: return errno
      }
    }
  }

  func receive() -> Received {
    var received = receiveOnce()
    // What an engine sent before it closed comes after the error that it left a request unread.
    if case .failed(ECONNRESET) = received { received = receiveOnce() }
    if case .datagram(let bytes) = received, Self.isRefusal(bytes) {
      return .failed(errno: EngineFamily.fullErrno)
    }
    return received
  }

  private func receiveOnce() -> Received {
    // With this flag the length is that of the whole packet, also where it did not fit.
    var length = 0
    repeat {
      length = recv(descriptor, room.baseAddress, room.count, Int32(MSG_TRUNC))
    } while length < 0 && errno == EINTR
    if length < 0 { return .failed(errno: errno == EAGAIN ? ETIMEDOUT : errno) }
    if length == 0 { return .failed(errno: ECONNRESET) }
    if length > room.count { return .failed(errno: EBADMSG) }
    return .datagram([UInt8](room[..<length]))
  }

  /// Whether a datagram is the refusal of a full engine (`EngineFamily.mostClients`).
  private static func isRefusal(_ datagram: [UInt8]) -> Bool {
    let bytes = datagram.span.bytes
    guard bytes.byteCount >= MessageHeader.length + 4 else { return false }
    return bytes.unsafeLoadUnaligned(fromByteOffset: 4, as: UInt16.self)
      == ReservedType.error.rawValue
      && bytes.unsafeLoadUnaligned(fromByteOffset: 8, as: UInt32.self) == 0
      && bytes.unsafeLoadUnaligned(fromByteOffset: MessageHeader.length, as: Int32.self)
        == -EngineFamily.fullErrno
  }
}

/// The socket of an engine, for texts about who answers there.
package enum EngineSocket {
  /// The process that listens at a path; nil if there is none, or it is of another PID namespace.
  package static func process(listeningAt path: [UInt8]) -> Int32? {
    guard let descriptor = try? UnixTransport.connected(to: path, 1000) else { return nil }
    defer { close(descriptor) }
    // struct ucred: process, user, group.
    var credentials: InlineArray<3, Int32> = [0, 0, 0]
    var size = socklen_t(MemoryLayout<InlineArray<3, Int32>>.size)
    let result = getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &size)
    return result == 0 && credentials[0] > 0 ? credentials[0] : nil
  }
}
