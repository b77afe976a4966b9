// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSSockets

/// Connects a client in this process with a netlink server in it, look-ups of families included.
final class TalkTransport: Transport {
  let talk: Talk

  init(_ talk: Talk) { self.talk = talk }

  func send(_ datagram: RawSpan) -> Int32 {
    talk.send(datagram.withUnsafeBytes { Array($0) })
    return 0
  }

  func receive() -> Received {
    talk.next().map { .datagram($0) } ?? .failed(errno: ETIMEDOUT)
  }
}
