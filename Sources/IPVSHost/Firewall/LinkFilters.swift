// SPDX-License-Identifier: Apache-2.0

internal import IPVSNetlinkFormat
package import IPVSSockets

/// Where traffic control (tc(8)) may look at packets that come in.
package enum LinkFilters {
  private static let getQueueing: UInt16 = 38

  /// The size of `struct tcmsg`, and of its part before the index of the link.
  private static let headerLength = 20
  private static let kind: UInt16 = 1
  private static let kinds: [[UInt8]] = [Array("clsact".utf8), Array("ingress".utf8)]

  /// The indices of links with a place for filters of incoming packets, whether or not there are
  /// filters.
  ///
  /// - Throws: As `HostSocket.dump`.
  package static func ingress(_ peer: NetlinkPeer) throws(HostError) -> Set<Int32> {
    var socket = try HostSocket(peer, .route)
    let question = Question(getQueueing, header: [UInt8](repeating: 0, count: headerLength))
    return Set(
      try socket.dump(question) { payload throws(NetlinkFormatError) -> Int32? in
        var isIngress = false
        try Attribute.forEach(in: payload, skipping: headerLength) { type, value in
          if type == kind { isIngress = kinds.contains(value.text()) }
        }
        return isIngress ? payload.load(Int32.self, at: 4) : nil
      })
  }
}
