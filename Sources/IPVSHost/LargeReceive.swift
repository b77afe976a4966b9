// SPDX-License-Identifier: Apache-2.0

internal import IPVSNetlinkFormat
package import IPVSSockets
package import IPVSText

/// Which links merge packets that they receive into larger ones (LRO), which must not be forwarded
/// (Documentation/networking/ethtool-netlink.rst, `ETHTOOL_MSG_FEATURES_GET`).
package enum LargeReceive {
  private static let family = "ethtool"
  private static let getFeatures: UInt8 = 11
  private static let feature = Array("rx-lro".utf8)

  /// The names of such links; nil where the kernel does not tell (before Linux 5.8).
  package static func links(_ peer: NetlinkPeer) -> [ByteString]? {
    guard var socket = try? HostSocket(peer, .generic),
      let family = try? socket.number(ofFamily: family)
    else { return nil }
    let question = Question(
      family, header: [getFeatures, 1, 0, 0], [Question.Attribute(0x8000 | 1, [])])
    return try? socket.dump(question) { message throws(NetlinkFormatError) in
      try mergingLink(message)
    }
  }

  /// The name of the link that a message is about, if it merges packets.
  static func mergingLink(_ message: RawSpan) throws(NetlinkFormatError) -> ByteString? {
    var name: ByteString?
    var isMerging = false
    try Attribute.forEach(in: message, skipping: 4) { type, payload throws(NetlinkFormatError) in
      switch type {
      case 1:
        try Attribute.forEach(in: payload) { type, payload in
          if type == 2 { name = ByteString(payload.text()) }
        }
      case 4: isMerging = try isNamed(in: payload)
      default: break
      }
    }
    return isMerging ? name : nil
  }

  /// Whether the feature is one of a set of bits with names (`ETHTOOL_A_BITSET_BITS`).
  private static func isNamed(in set: RawSpan) throws(NetlinkFormatError) -> Bool {
    var isNamed = false
    try Attribute.forEach(in: set) { type, bits throws(NetlinkFormatError) in
      guard type == 3 else { return }
      try Attribute.forEach(in: bits) { _, bit throws(NetlinkFormatError) in
        try Attribute.forEach(in: bit) { type, payload in
          if type == 2, payload.text() == feature { isNamed = true }
        }
      }
    }
    return isNamed
  }
}
