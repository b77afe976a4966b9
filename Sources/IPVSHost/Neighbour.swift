// SPDX-License-Identifier: Apache-2.0

package import IPVSAddresses
internal import IPVSNetlinkFormat

/// A question whether a host on a link answers (RTM_GETNEIGH).
package struct NeighbourQuestion: Hashable, Sendable {
  /// The host.
  package var address: IPAddress

  /// The index of the link.
  package var link: Int32

  /// Makes a question of its parts.
  package init(_ address: IPAddress, on link: Int32) {
    self.address = address
    self.link = link
  }

  var question: Question {
    var header = [UInt8](repeating: 0, count: 12)
    header[0] = UInt8(address.family.rawValue)
    withUnsafeBytes(of: link) { header.replaceSubrange(4..<8, with: $0) }
    return Question(
      RouteMessage.getNeighbour, header: header, [Question.Attribute(1, address.octets)])
  }
}

/// What the kernel knows of a host on a link (`NUD_*`).
package struct NeighbourState: OptionSet, Hashable, Sendable {
  /// The bits.
  package let rawValue: UInt16

  /// The state of these bits; none where the kernel never asked.
  package init(rawValue: UInt16) {
    self.rawValue = rawValue
  }

  /// It was asked, and has not answered yet.
  package static let incomplete = NeighbourState(rawValue: 0x01)

  /// It answered a moment ago.
  package static let reachable = NeighbourState(rawValue: 0x02)

  /// It answered some time ago.
  package static let stale = NeighbourState(rawValue: 0x04)

  /// It did not answer.
  package static let failed = NeighbourState(rawValue: 0x20)

  /// The link has no link addresses.
  package static let noARP = NeighbourState(rawValue: 0x40)

  /// The administrator has set the link address.
  package static let permanent = NeighbourState(rawValue: 0x80)
}

/// An entry of the kernel's table of neighbours.
struct NeighbourEntry {
  let host: NeighbourQuestion?
  let state: NeighbourState

  init(_ message: RawSpan) throws(NetlinkFormatError) {
    guard let family = message.load(UInt8.self, at: 0), let index = message.load(Int32.self, at: 4),
      let bits = message.load(UInt16.self, at: 8), message.byteCount >= 12
    else { throw .messageLength(claimed: 12, available: message.byteCount) }
    var address: IPAddress?
    try Attribute.forEach(in: message, skipping: 12) { type, payload in
      if type == 1 { address = payload.address(of: family) }
    }
    host = address.map { NeighbourQuestion($0, on: index) }
    state = NeighbourState(rawValue: bits)
  }
}
