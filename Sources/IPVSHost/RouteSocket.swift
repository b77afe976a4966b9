// SPDX-License-Identifier: Apache-2.0

package import IPVSAddresses
internal import IPVSNetlinkFormat
package import IPVSSockets

/// Types of messages of rtnetlink(7) (`RTM_*`), of those that ask.
enum RouteMessage {
  static let getLink: UInt16 = 18
  static let getAddress: UInt16 = 22
  static let getRoute: UInt16 = 26
  static let getNeighbour: UInt16 = 30
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
