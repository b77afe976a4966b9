// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSNetlinkFormat

/// A route through a device, without a router, in a table that holds nothing else.
struct DeviceRoute: Hashable {
  /// The whole address that the route leads to; nil for every address.
  var destination: IPAddress?
  var table: UInt32

  /// `struct rtmsg`.
  private static let headerLength = 12
  private static let unicastType: UInt8 = 1
  private static let linkScope: UInt8 = 253

  /// Numbers of attributes (`RTA_*`).
  private enum Number {
    static let destination: UInt16 = 1
    static let device: UInt16 = 4
    static let table: UInt16 = 15
  }

  /// The body of a message that adds or deletes the route.
  func message(_ family: AddressFamily, device: UInt32, maker: UInt8) -> [UInt8] {
    var attributes = MessageWriter()
    attributes.attribute(Number.table, number: table)
    attributes.attribute(Number.device, number: device)
    let octets = destination?.octets ?? []
    if !octets.isEmpty { attributes.attribute(Number.destination, bytes: octets) }
    let scope = family == .ipv4 ? Self.linkScope : 0
    let header: [UInt8] = [
      family.number, UInt8(octets.count * 8), 0, 0, RoutingTable.inAttribute, maker, scope,
      Self.unicastType, 0, 0, 0, 0,
    ]
    return header + attributes.bytes
  }

  /// The body of a request for the routes of a table.
  static func listing(_ family: AddressFamily, table: UInt32) -> [UInt8] {
    var attributes = MessageWriter()
    attributes.attribute(Number.table, number: table)
    return [family.number] + [UInt8](repeating: 0, count: headerLength - 1) + attributes.bytes
  }

  /// Reads the body of a message about a route. Nil: it is not one, or the route leads to a network, or
  /// through another device.
  static func read(_ body: RawSpan, device: UInt32) -> DeviceRoute? {
    var (table, through) = (UInt32(0), UInt32(0))
    var octets: [UInt8] = []
    do throws(NetlinkFormatError) {
      try Attribute.forEach(in: body, skipping: headerLength) {
        number, payload throws(NetlinkFormatError) in
        switch number {
        case Number.destination: octets = payload.octets
        case Number.device: through = try payload.number(UInt32.self, of: number)
        case Number.table: table = try payload.number(UInt32.self, of: number)
        default: break
        }
      }
    } catch { return nil }
    guard through == device, Int(body.load(UInt8.self, at: 1) ?? 0) == octets.count * 8 else {
      return nil
    }
    if octets.isEmpty { return DeviceRoute(destination: nil, table: table) }
    return IPAddress(octets: octets).map { DeviceRoute(destination: $0, table: table) }
  }
}

/// The question whether an address is local, as the kernel decides it for a packet from a device: by its
/// rules, and the tables to which they lead.
enum LocalAddress {
  private static let headerLength = 12
  private static let localType: UInt8 = 2

  private enum Number {
    static let destination: UInt16 = 1
    static let source: UInt16 = 2
    static let incoming: UInt16 = 3
  }

  /// The body of the request. The packet has the address as its source, too, which is right for a device
  /// that accepts packets from local addresses.
  static func question(_ address: IPAddress, device: UInt32) -> [UInt8] {
    let octets = address.octets
    let length = UInt8(octets.count * 8)
    var attributes = MessageWriter()
    attributes.attribute(Number.destination, bytes: octets)
    attributes.attribute(Number.source, bytes: octets)
    attributes.attribute(Number.incoming, number: device)
    return [address.family.number, length, length] + [UInt8](repeating: 0, count: headerLength - 3)
      + attributes.bytes
  }

  /// Whether the answer, the body of a message about a route, says that the address is local.
  static func isAffirmed(by body: RawSpan) -> Bool {
    body.load(UInt8.self, at: 7) == localType
  }
}
