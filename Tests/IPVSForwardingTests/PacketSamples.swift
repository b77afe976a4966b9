import IPVSAddresses
import IPVSBalancing
import IPVSPackets
import IPVSText
import Testing

@testable import IPVSForwarding

/// Datagrams, whole and in fragments, and a director for them.
enum PacketSamples {
  /// Every address is on one route.
  struct OneRoute: Routes {
    var mtu = 1500

    func route(to address: UInt128, _ family: AddressFamily) -> Route? {
      Route(mtu: mtu, source: family == .ipv4 ? 0x0a02_00fe : 0x2001_0db8_0002 << 80 | 0xfe)
    }
  }

  /// A balancer whose UDP services, of both families, have one server each.
  static func balancer(
    _ server: ServerSettings = ServerSettings(), serverPort: UInt16 = 53
  ) throws -> Balancer {
    var balancer = Balancer(seed: 1)
    let ends: [(AddressFamily, UInt128, UInt128)] = [
      (.ipv4, 0x0a00_0001, 0x0a02_0001),
      (.ipv6, 0x2001_0db8 << 96 | 1, 0x2001_0db8_0002 << 80 | 1),
    ]
    for (family, virtual, real) in ends {
      let key = ServiceKey(family, transport: 17, address: virtual, port: 53)
      let netmask: UInt32 = family == .ipv4 ? .max : 128
      try balancer.addService(key, ServiceSettings(scheduler: "rr", netmask: netmask))
      try balancer.addServer(
        ServerKey(family, address: real, port: serverPort), to: key, server, HostNetwork())
    }
    return balancer
  }

  /// A UDP datagram of IPv4 whose payload counts up.
  static func datagram(length: Int, identification: UInt16 = 7) -> [UInt8] {
    var bytes: [UInt8] = [
      0x45, 0x00, 0x00, 0x00, UInt8(identification >> 8), UInt8(identification & 255), 0x00, 0x00,
      0x40, 0x11, 0x00, 0x00, 0xc6, 0x33, 0x64, 0x07, 0x0a, 0x00, 0x00, 0x01,
      0x0b, 0xb8, 0x00, 0x35, 0x00, 0x00, 0x00, 0x00,
    ]
    bytes += (0..<length - bytes.count).map { UInt8(truncatingIfNeeded: $0) }
    bytes[2] = UInt8(length >> 8)
    bytes[3] = UInt8(length & 255)
    bytes[24] = UInt8((length - 20) >> 8)
    bytes[25] = UInt8((length - 20) & 255)
    bytes.change(0..<20) { $0.finishIPv4Header(length: 20) }
    return bytes
  }

  /// The same payload over IPv6.
  static func datagram6(length: Int) -> [UInt8] {
    let payload = datagram(length: length - 20)[20...]
    var bytes: [UInt8] = [0x60, 0, 0, 0, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
    bytes += [0x11, 0x40, 0x20, 0x01, 0x0d, 0xb8, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]
    return bytes + [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] + payload
  }

  /// The datagram in fragments of `longest` bytes, made otherwise than by the code under test.
  static func fragments(of datagram: [UInt8], longest: Int) -> [[UInt8]] {
    let isIPv6 = datagram[0] >> 4 == 6
    let headers = isIPv6 ? 40 : 20
    let room = (longest - headers - (isIPv6 ? 8 : 0)) / 8 * 8
    return stride(from: headers, to: datagram.count, by: room).map { start in
      let end = min(start + room, datagram.count)
      let offset = UInt16(start - headers) | (end < datagram.count ? 1 : 0)
      var piece = Array(datagram[..<headers])
      if isIPv6 {
        piece += [piece[6], 0, UInt8(offset >> 8), UInt8(offset & 255), 0, 0, 0xab, 0xcd]
        piece[6] = 44
      } else {
        let field = offset >> 3 | (offset & 1) << 13
        piece[6] = UInt8(field >> 8)
        piece[7] = UInt8(field & 255)
      }
      piece += datagram[start..<end]
      let length = piece.count - (isIPv6 ? 40 : 0)
      piece[isIPv6 ? 4 : 2] = UInt8(length >> 8)
      piece[isIPv6 ? 5 : 3] = UInt8(length & 255)
      if !isIPv6 { piece.change(0..<20) { $0.finishIPv4Header(length: 20) } }
      return piece
    }
  }
}

/// A balancer, and what forwards the packets of its services.
struct TestDirector: ~Copyable {
  var balancer: Balancer
  var forwarder: Forwarder

  init(
    _ balancer: consuming Balancer,
    _ router: PortCapabilities.Router = .system(restoresTimeToLive: true)
  ) {
    forwarder = Forwarder(PortCapabilities(router: router))
    forwarder.interceptSet = InterceptSet(balancer)
    self.balancer = balancer
  }

  /// Forwards the packets that wait at a port.
  mutating func turn<Port: PacketPort & ~Copyable>(
    _ port: inout Port, limit: Int = .max, mtu: Int = 1500
  ) throws(Port.Failure) {
    try forwarder.turn(
      limit, &balancer, PacketSamples.OneRoute(mtu: mtu), at: Instant(seconds: 1), &port)
  }
}

extension Reassembly {
  /// Takes a packet as it comes.
  mutating func take(_ packet: [UInt8], at now: UInt64 = 0) throws -> Whole? {
    let header = try PacketHeader(reading: packet.span.bytes)
    let place = FragmentInfo(header, in: packet.span.bytes)
    return take(try #require(place), header, of: packet.span.bytes, at: Instant(seconds: now))
  }
}
