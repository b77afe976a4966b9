// SPDX-License-Identifier: Apache-2.0

package import IPVSAddresses
internal import IPVSNetlinkFormat
package import IPVSSockets
package import IPVSText

/// Types of messages of rtnetlink(7) (`RTM_*`), of those that ask.
private enum RouteMessage {
  static let getLink: UInt16 = 18
  static let getAddress: UInt16 = 22
  static let getRoute: UInt16 = 26
  static let getNeighbour: UInt16 = 30
}

/// A network interface (RTM_GETLINK).
package struct Link: Hashable, Sendable {
  /// What is said of a link by one bit each (`IFF_*`).
  package struct Flags: OptionSet, Hashable, Sendable {
    /// The bits.
    package let rawValue: UInt32

    /// The flags of these bits.
    package init(rawValue: UInt32) {
      self.rawValue = rawValue
    }

    /// The administrator has set it up.
    package static let up = Flags(rawValue: 0x1)

    /// The loopback.
    package static let loopback = Flags(rawValue: 0x8)

    /// It has two ends and no link addresses.
    package static let pointToPoint = Flags(rawValue: 0x10)

    /// Neighbours are not asked for their link addresses.
    package static let noARP = Flags(rawValue: 0x80)

    /// It carries multicast.
    package static let multicast = Flags(rawValue: 0x1000)

    /// There is a carrier.
    package static let lowerUp = Flags(rawValue: 0x10000)
  }

  /// The index, from 1 on.
  package var index: Int32

  /// The name.
  package var name: ByteString

  /// The flags.
  package var flags: Flags

  /// The most bytes in a packet.
  package var mtu: UInt32

  /// The kind of a virtual link, such as `ipip` or `vrf`; nil for hardware and the loopback.
  package var kind: ByteString?

  /// Whether an XDP program sees its packets before everything else does.
  package var hasXDP = false

  /// Makes a link of its parts.
  package init(
    index: Int32, name: ByteString, flags: Flags, mtu: UInt32, kind: ByteString? = nil
  ) {
    self.index = index
    self.name = name
    self.flags = flags
    self.mtu = mtu
    self.kind = kind
  }

  init(_ message: RawSpan) throws(NetlinkFormatError) {
    guard let index = message.load(Int32.self, at: 4), let bits = message.load(UInt32.self, at: 8)
    else { throw .messageLength(claimed: 16, available: message.byteCount) }
    self.init(index: index, name: "", flags: Flags(rawValue: bits), mtu: 0)
    try Attribute.forEach(in: message, skipping: 16) { type, payload throws(NetlinkFormatError) in
      switch type {
      case 3: name = ByteString(payload.text())
      case 4: mtu = try payload.number(UInt32.self, of: type)
      case 18:
        try Attribute.forEach(in: payload) { type, payload in
          if type == 1 { kind = ByteString(payload.text()) }
        }
      case 43:
        try Attribute.forEach(in: payload) { type, payload throws(NetlinkFormatError) in
          if type == 2 { hasXDP = try payload.number(UInt8.self, of: type) != 0 }
        }
      default: break
      }
    }
  }
}

/// An address of a network interface (RTM_GETADDR).
package struct InterfaceAddress: Hashable, Sendable {
  /// What is said of an address by one bit each (`IFA_F_*`).
  package struct Flags: OptionSet, Hashable, Sendable {
    /// The bits.
    package let rawValue: UInt32

    /// The flags of these bits.
    package init(rawValue: UInt32) {
      self.rawValue = rawValue
    }

    /// Another host has the address.
    package static let duplicate = Flags(rawValue: 0x08)

    /// It is not yet known whether another host has it.
    package static let tentative = Flags(rawValue: 0x40)
  }

  /// The address of this host.
  package var address: IPAddress

  /// How many of its bits are those of the network on the link.
  package var prefixLength: UInt8

  /// The index of the link.
  package var link: Int32

  /// The flags.
  package var flags: Flags

  /// Makes an address of its parts.
  package init(
    _ address: IPAddress, prefixLength: UInt8, link: Int32, flags: Flags = []
  ) {
    self.address = address
    self.prefixLength = prefixLength
    self.link = link
    self.flags = flags
  }

  /// The network that the address makes reachable over its link.
  package var network: AddressPrefix? { AddressPrefix(address, length: Int(prefixLength)) }

  /// Nil for an address of a family other than IPv4 and IPv6.
  init?(_ message: RawSpan) throws(NetlinkFormatError) {
    guard let family = message.load(UInt8.self, at: 0),
      let length = message.load(UInt8.self, at: 1), let bits = message.load(UInt8.self, at: 2),
      let index = message.load(Int32.self, at: 4)
    else { throw .messageLength(claimed: 8, available: message.byteCount) }
    var local: IPAddress?
    var other: IPAddress?
    var flags = UInt32(bits)
    try Attribute.forEach(in: message, skipping: 8) { type, payload throws(NetlinkFormatError) in
      switch type {
      case 1: other = payload.address(of: family)
      case 2: local = payload.address(of: family)
      case 8: flags = try payload.number(UInt32.self, of: type)
      default: break
      }
    }
    guard let address = local ?? other else { return nil }
    self.init(
      address, prefixLength: length, link: index, flags: Flags(rawValue: flags))
  }
}

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
    var attributes = [Question.Attribute(1, destination.networkBytes)]
    if let source { attributes.append(Question.Attribute(2, source.networkBytes)) }
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
      RouteMessage.getNeighbour, header: header, [Question.Attribute(1, address.networkBytes)])
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

/// The kernel's links, addresses, routes, and neighbours (rtnetlink(7)), as they are asked for.
package struct RouteSocket: ~Copyable {
  private var socket: HostSocket

  /// The errno of the kernel before Linux 5.0, where single neighbours cannot be asked for.
  private static let notSupported: Int32 = 95

  /// The errno where there is no such neighbour.
  private static let noEntry: Int32 = 2

  /// Opens a socket to the kernel of a network namespace, or to an object in its place.
  ///
  /// - Throws: `socket`.
  package init(_ peer: NetlinkPeer) throws(HostError) {
    socket = try HostSocket(peer, .route)
  }

  /// All links.
  ///
  /// - Throws: As `HostSocket.dump`.
  package mutating func links() throws(HostError) -> [Link] {
    try socket.dump(
      Question(RouteMessage.getLink, header: [UInt8](repeating: 0, count: 16))
    ) { message throws(NetlinkFormatError) in try Link(message) }
  }

  /// All addresses of IPv4 and IPv6.
  ///
  /// - Throws: As `HostSocket.dump`.
  package mutating func addresses() throws(HostError) -> [InterfaceAddress] {
    try socket.dump(
      Question(RouteMessage.getAddress, header: [UInt8](repeating: 0, count: 8))
    ) { message throws(NetlinkFormatError) in try InterfaceAddress(message) }
  }

  /// Where packets would go.
  ///
  /// - Returns: An answer for each question, in their order.
  /// - Throws: As `HostSocket.ask`.
  package mutating func routes(
    _ questions: [RouteQuestion]
  ) throws(HostError) -> [RouteAnswer] {
    try socket.ask(questions.map(\.question)) { message throws(NetlinkFormatError) in
      try Route(message)
    }.map { answer in
      switch answer {
      case .success(let route): .route(route)
      case .failure(let refusal): .refused(errno: refusal.errno)
      }
    }
  }

  /// What is known of hosts on links; nil where the kernel never asked them.
  ///
  /// - Returns: An answer for each question, in their order.
  /// - Throws: As `HostSocket.ask`.
  package mutating func neighbours(
    _ questions: [NeighbourQuestion]
  ) throws(HostError) -> [NeighbourState?] {
    let answers = try socket.ask(questions.map(\.question)) { message throws(NetlinkFormatError) in
      try NeighbourEntry(message).state
    }
    guard answers.contains(.failure(KernelRefusal(errno: Self.notSupported))) else {
      return answers.map { try? $0.get() }
    }
    let known = try socket.dump(
      Question(RouteMessage.getNeighbour, header: [UInt8](repeating: 0, count: 12))
    ) { message throws(NetlinkFormatError) in try NeighbourEntry(message) }
    var states: [NeighbourQuestion: NeighbourState] = [:]
    for entry in known {
      if let host = entry.host { states[host] = entry.state }
    }
    return questions.map { states[$0] }
  }
}

/// An entry of the kernel's table of neighbours.
private struct NeighbourEntry {
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

extension RawSpan {
  /// The address at the start of a payload, in network byte order; nil where the family is another or bytes
  /// are missing.
  package func address(of family: UInt8) -> IPAddress? {
    switch UInt16(family) {
    case AddressFamily.ipv4.rawValue:
      load(UInt32.self, at: 0).map { .v4(IPv4Address(UInt32(bigEndian: $0))) }
    case AddressFamily.ipv6.rawValue:
      load(UInt128.self, at: 0).map { .v6(IPv6Address(UInt128(bigEndian: $0))) }
    default: nil
    }
  }
}

extension IPAddress {
  /// The bytes of the address in network order.
  package var networkBytes: [UInt8] {
    switch self {
    case .v4(let address): withUnsafeBytes(of: address.bits.bigEndian) { Array($0) }
    case .v6(let address): withUnsafeBytes(of: address.bits.bigEndian) { Array($0) }
    }
  }
}
