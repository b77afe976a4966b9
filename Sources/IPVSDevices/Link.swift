// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSAddresses
internal import IPVSNetlinkFormat
internal import IPVSText

/// A network interface as a device of ours.
struct Link: Hashable {
  var name: ByteString
  var index: UInt32

  /// The interface is set up.
  var isUp: Bool

  /// A process has the other end.
  var hasCarrier: Bool

  var isLoopback: Bool

  /// The dummy address 192.0.0.8 (RFC 7600), in the scope `host`: nothing is sent from it.
  private static let address: [UInt8] = [192, 0, 0, 8]
  private static let hostScope: UInt8 = 254

  /// `struct ifinfomsg`.
  private static let headerLength = 16
  private static let upFlag: UInt32 = 0x1
  private static let loopbackFlag: UInt32 = 0x8

  /// Numbers of attributes (`IFLA_*`, `IFA_*`).
  private enum Number {
    static let name: UInt16 = 3
    static let carrier: UInt16 = 33
    static let address: UInt16 = 1
    static let local: UInt16 = 2
  }

  static func named(_ name: ByteString, _ socket: RoutingSocket) -> Link? {
    var attributes = MessageWriter()
    attributes.attribute(Number.name, text: name.bytes)
    return ask([UInt8](repeating: 0, count: headerLength) + attributes.bytes, socket)
  }

  static func at(_ index: UInt32, _ socket: RoutingSocket) -> Link? {
    var header = [UInt8](repeating: 0, count: headerLength)
    withUnsafeBytes(of: index) { header.replaceSubrange(4..<8, with: $0) }
    return ask(header, socket)
  }

  private static func ask(_ body: [UInt8], _ socket: RoutingSocket) -> Link? {
    let request = RoutingSocket.Request(type: RoutingSocket.MessageType.getLink, body: body)
    return (try? socket.ask(request) { Link(reading: $0) }) ?? nil
  }

  /// Reads the body of a message about a link; nil if it is not one.
  private init?(reading body: RawSpan) {
    guard let index = body.load(UInt32.self, at: 4), let flags = body.load(UInt32.self, at: 8)
    else {
      return nil
    }
    (name, self.index, hasCarrier) = ("", index, true)
    (isUp, isLoopback) = (flags & Self.upFlag != 0, flags & Self.loopbackFlag != 0)
    do throws(NetlinkFormatError) {
      try Attribute.forEach(in: body, skipping: Self.headerLength) {
        number, payload throws(NetlinkFormatError) in
        switch number {
        case Number.name: name = ByteString(payload.text())
        case Number.carrier: hasCarrier = try payload.number(UInt8.self, of: number) != 0
        default: break
        }
      }
    } catch { return nil }
  }

  /// Adds or deletes a route through the device.
  func request(
    _ type: UInt16, _ route: DeviceRoute, _ family: AddressFamily
  ) -> RoutingSocket.Request {
    RoutingSocket.Request(
      type: type, flags: type == RoutingSocket.MessageType.newRoute ? .replacing : [],
      body: route.message(family, device: index, maker: PolicyRoutingPlan.Maker.engine))
  }

  /// Adds the address of the device, if it is not there, or deletes it.
  func addressRequest(_ type: UInt16) -> RoutingSocket.Request {
    var attributes = MessageWriter()
    attributes.attribute(Number.local, bytes: Self.address)
    attributes.attribute(Number.address, bytes: Self.address)
    var header = [AddressFamily.ipv4.number, 32, 0, Self.hostScope]
    withUnsafeBytes(of: index) { header += $0 }
    return RoutingSocket.Request(
      type: type,
      flags: type == RoutingSocket.MessageType.newAddress ? [.creating, .exclusive] : [],
      body: header + attributes.bytes)
  }
}

extension MessageFlags {
  /// `NLM_F_REPLACE`, with `creating`.
  static let replacing = MessageFlags(rawValue: 0x500)

  /// `NLM_F_EXCL`.
  static let exclusive = MessageFlags(rawValue: 0x200)

  /// `NLM_F_CREATE`.
  static let creating = MessageFlags(rawValue: 0x400)
}
