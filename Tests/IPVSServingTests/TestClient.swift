// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSSystem
import IPVSText

/// A client's end of a socket. Nothing waits: what is not there yet is not there.
final class TestClient {
  private let descriptor: Int32

  init?(_ path: ByteString) {
    descriptor = socket(
      AF_UNIX, Int32(SOCK_SEQPACKET.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard UnixAddress(path: path.bytes)?.connect(descriptor) == 0 else {
      Glibc.close(descriptor)
      return nil
    }
  }

  deinit { Glibc.close(descriptor) }

  /// - Returns: false if there is no room, or no other end.
  @discardableResult
  func send(_ datagram: [UInt8]) -> Bool {
    Glibc.send(descriptor, datagram, datagram.count, Int32(MSG_NOSIGNAL)) == datagram.count
  }

  /// Ends its own direction of the connection.
  func stopSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Lets a datagram of any length be sent.
  func enlarge(to size: Int32) {
    var size = size
    setsockopt(
      descriptor, SOL_SOCKET, SO_SNDBUFFORCE, &size, socklen_t(MemoryLayout<Int32>.size))
  }

  enum Received: Equatable {
    case datagram([UInt8])
    case nothing
    case end
  }

  func receive() -> Received {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let length = recv(descriptor, &buffer, buffer.count, 0)
    if length > 0 { return .datagram(Array(buffer[..<length])) }
    return length < 0 && errno == EAGAIN ? .nothing : .end
  }

  /// All datagrams that are there.
  func receiveAll() -> [[UInt8]] {
    var all: [[UInt8]] = []
    while case .datagram(let datagram) = receive() { all.append(datagram) }
    return all
  }
}
