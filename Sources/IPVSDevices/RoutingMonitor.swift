// SPDX-License-Identifier: Apache-2.0

internal import CIPVSSystem
internal import Glibc
internal import IPVSNetlinkFormat

/// Notices when other programs change links, addresses, rules, or routes (rtnetlink(7)).
struct RoutingMonitor: ~Copyable {
  /// How many notices are read at once, so that a program that makes changes in a loop does not hold
  /// this one up.
  private static let noticesAtOnce = 1024

  /// For poll(2).
  let descriptor: Int32

  private var buffer = [UInt8](repeating: 0, count: 64 << 10)

  init() throws(RoutingFailure) {
    let descriptor = ipvs_routing_monitor_open()
    guard descriptor >= 0 else { throw RoutingFailure(errno: -descriptor) }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Reads the notices that wait.
  ///
  /// - Parameters:
  ///   - port: Changes made through this one are not counted.
  ///   - device: Of links, only changes of this one count.
  /// - Returns: whether something may be other than it was, notices that were lost included.
  mutating func hasChanges(besides port: UInt32, device: UInt32) -> Bool {
    var hasChanges = false
    for _ in 0..<Self.noticesAtOnce {
      let length = recv(descriptor, &buffer, buffer.count, 0)
      guard length >= 0 else {
        if errno == ENOBUFS { hasChanges = true }
        if errno == EINTR || errno == ENOBUFS { continue }
        return hasChanges
      }
      MessageHeader.forEach(in: buffer.span.bytes.extracting(0..<length)) { header, body in
        let isOfAnotherLink =
          header.type < RoutingSocket.MessageType.newAddress
          && body.load(UInt32.self, at: 4) != device
        if header.port != port, !isOfAnotherLink { hasChanges = true }
      }
    }
    return hasChanges
  }
}
