// SPDX-License-Identifier: Apache-2.0

package import IPVSAddresses
internal import IPVSNetlinkFormat

/// A question where the kernel would send a packet (RTM_GETROUTE).
package struct RouteQuestion: Hashable, Sendable {
  /// Where to.
  package var destination: IPAddress

  /// The packet's source, where it matters.
  package var source: IPAddress?

  /// The link that the packet comes in by; nil for a packet of this host.
  package var inputLink: Int32?

  /// The link that it must leave by.
  package var outputLink: Int32?

  /// The packet's mark; 0 for none.
  package var mark: UInt32

  /// Makes a question of its parts.
  package init(
    _ destination: IPAddress, from source: IPAddress? = nil, inputLink: Int32? = nil,
    outputLink: Int32? = nil, mark: UInt32 = 0
  ) {
    self.destination = destination
    self.source = source
    self.inputLink = inputLink
    self.outputLink = outputLink
    self.mark = mark
  }

  var question: Question {
    let width = UInt8(AddressPrefix.width(of: destination.family))
    var header = [UInt8](repeating: 0, count: 12)
    header[0] = UInt8(destination.family.rawValue)
    header[1] = width
    header[2] = source == nil ? 0 : width
    var attributes = [Question.Attribute(1, destination.octets)]
    if let source { attributes.append(Question.Attribute(2, source.octets)) }
    if let inputLink {
      attributes.append(Question.Attribute(3, number: UInt32(bitPattern: inputLink)))
    }
    if let outputLink {
      attributes.append(Question.Attribute(4, number: UInt32(bitPattern: outputLink)))
    }
    if mark != 0 { attributes.append(Question.Attribute(16, number: mark)) }
    return Question(RouteMessage.getRoute, header: header, attributes)
  }
}

/// Where the kernel would send a packet.
package struct Route: Hashable, Sendable {
  /// What is done with the packet (`RTN_*`).
  package enum Kind: UInt8, Hashable, Sendable {
    case unicast = 1
    case local = 2
    case broadcast = 3
    case anycast = 4
    case multicast = 5
    case blackhole = 6
    case unreachable = 7
    case prohibit = 8
  }

  /// What is done with the packet; nil where the kernel says something else.
  package var kind: Kind?

  /// The index of the link that it leaves by.
  package var link: Int32?

  /// The router that it is handed to; nil where the destination is on the link.
  package var gateway: IPAddress?

  /// The source that a packet of this host gets.
  package var preferredSource: IPAddress?

  /// The route's own limits, in bytes; nil where those of the link hold.
  package var mtu: UInt32?
  package var advertisedMSS: UInt32?

  /// Who made the route (`RTPROT_*`): 9 is a router's advertisement.
  package var origin: UInt8

  /// Makes a route of its parts.
  package init(
    _ kind: Kind?, link: Int32? = nil, gateway: IPAddress? = nil,
    preferredSource: IPAddress? = nil, mtu: UInt32? = nil, advertisedMSS: UInt32? = nil,
    origin: UInt8 = 0
  ) {
    self.kind = kind
    self.link = link
    self.gateway = gateway
    self.preferredSource = preferredSource
    self.mtu = mtu
    self.advertisedMSS = advertisedMSS
    self.origin = origin
  }

  init(_ message: RawSpan) throws(NetlinkFormatError) {
    guard let family = message.load(UInt8.self, at: 0),
      let origin = message.load(UInt8.self, at: 5),
      let kind = message.load(UInt8.self, at: 7), message.byteCount >= 12
    else { throw .messageLength(claimed: 12, available: message.byteCount) }
    self.init(Kind(rawValue: kind), origin: origin)
    try Attribute.forEach(in: message, skipping: 12) { type, payload throws(NetlinkFormatError) in
      switch type {
      case 4: link = try payload.number(Int32.self, of: type)
      case 5: gateway = payload.address(of: family)
      case 7: preferredSource = payload.address(of: family)
      case 18:
        // A router of the other family: `struct rtvia`, a family and an address.
        let other = try payload.number(UInt16.self, of: type)
        gateway = payload.extracting(2...).address(of: UInt8(truncatingIfNeeded: other))
      case 8:
        try Attribute.forEach(in: payload) { type, payload throws(NetlinkFormatError) in
          if type == 2 { mtu = try payload.number(UInt32.self, of: type) }
          if type == 8 { advertisedMSS = try payload.number(UInt32.self, of: type) }
        }
      default: break
      }
    }
  }
}

/// The kernel's answer to a question for a route.
package enum RouteAnswer: Hashable, Sendable {
  case route(Route)

  /// There is none: ENETUNREACH, EHOSTUNREACH, EACCES where it is prohibited, EINVAL where it is a black
  /// hole.
  case refused(errno: Int32)

  /// What an errno in place of a route means.
  package static func words(forErrno errno: Int32) -> String {
    switch errno {
    case 101: "no route (ENETUNREACH)"
    case 113: "unreachable (EHOSTUNREACH)"
    case 13: "prohibited (EACCES)"
    case 22: "black hole (EINVAL)"
    default: "errno \(errno)"
    }
  }

  /// The route, where there is one.
  package var route: Route? { if case .route(let route) = self { route } else { nil } }
}
