// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSNetlinkFormat
import IPVSText
import Testing

@testable import IPVSDevices

/// Rules and routes as messages of rtnetlink.
@Suite struct RoutingMessageTests {
  private func read(_ body: [UInt8]) -> RoutingRule? { RoutingRule.read(body.span.bytes) }

  @Test("a rule that is written is read as the same one")
  func rules() {
    var full = RoutingRule(300, 204, .lookUp(table: 20_406))
    full.device = "eth0"
    full.source = IPAddress("10.0.0.1")
    full.transport = 6
    full.sourcePorts = 80...80
    full.destinationPorts = 1...65_534
    full.mark = 0x10201
    for rule in [
      full, RoutingRule(0, 2, .lookUp(table: 255)), RoutingRule(1, 204, .jump(to: 7)),
      RoutingRule(7, 204, .nothing),
    ] {
      #expect(read(rule.message(.ipv4)) == rule)
    }
    full.source = IPAddress("fd00::1")
    #expect(read(full.message(.ipv6)) == full)
  }

  /// Attributes of the rule for local addresses, as a kernel lists it, and more.
  private func localRule(_ more: (inout MessageWriter) -> Void) -> [UInt8] {
    var attributes = MessageWriter()
    attributes.attribute(15, number: UInt32(255))
    attributes.attribute(14, number: UInt32.max)
    attributes.attribute(21, number: UInt8(2))
    more(&attributes)
    return [2, 0, 0, 0, 255, 0, 0, 1, 0, 0, 0, 0] + attributes.bytes
  }

  @Test("the kernel's rule for local addresses is recognised, attributes that it may add included")
  func localRules() {
    #expect(read(localRule { _ in })?.isLocalLookup == true)
    #expect(read(localRule { $0.attribute(99, number: UInt32(0)) })?.isLocalLookup == true)
  }

  @Test(
    "a rule that selects packets is not the one for local addresses",
    arguments: [UInt16(1), 3, 10, 11, 12, 13, 17, 19, 20, 22, 25])
  func selectors(_ attribute: UInt16) {
    let body = localRule { $0.attribute(attribute, bytes: [1, 0, 0, 0]) }
    #expect(read(body)?.isLocalLookup == false)
  }

  @Test("a rule with another service type, inverted, or that suppresses results is another")
  func headers() {
    for (offset, value) in [(1, UInt8(8)), (3, 4), (7, 6), (8, 2)] {
      var body = localRule { _ in }
      body[offset] = value
      #expect(read(body)?.isLocalLookup == false, "byte \(offset)")
    }
    let body = localRule { $0.attribute(14, number: UInt32(0)) }
    #expect(read(body)?.isLocalLookup == false)
  }

  @Test("half a rule is none")
  func truncated() {
    let body = RoutingRule(1, 204, .jump(to: 7)).message(.ipv4)
    #expect(read(Array(body.prefix(11))) == nil)
    #expect(read(Array(body.dropLast(4))) == nil)
  }

  @Test("a route that is written is read as the same one, through its own device only")
  func routes() {
    for (address, family) in [("10.0.0.1", AddressFamily.ipv4), ("fd00::1", .ipv6)] {
      for destination in [IPAddress(address), nil] {
        let route = DeviceRoute(destination: destination, table: 20_406)
        let body = route.message(family, device: 5, maker: 204)
        #expect(DeviceRoute.read(body.span.bytes, device: 5) == route)
        #expect(DeviceRoute.read(body.span.bytes, device: 6) == nil)
      }
    }
  }

  @Test("a route to a network is none of ours")
  func networks() {
    var body = DeviceRoute(destination: IPAddress("10.0.0.0"), table: 20_406)
      .message(.ipv4, device: 5, maker: 204)
    body[1] = 24
    #expect(DeviceRoute.read(body.span.bytes, device: 5) == nil)
  }

  @Test("a datagram of several messages is read message by message, to the first that is not whole")
  func datagrams() {
    func message(_ length: UInt32, _ sequence: UInt32, _ body: [UInt8]) -> [UInt8] {
      withUnsafeBytes(of: (length, UInt16(3), UInt16(0), sequence, UInt32(9))) { Array($0) } + body
    }
    let datagram =
      message(17, 1, [7, 0, 0, 0]) + message(16, 2, []) + message(40, 3, [1, 2, 3, 4])
    var seen: [[UInt32]] = []
    MessageHeader.forEach(in: datagram.span.bytes) { header, body in
      seen.append([header.sequence, header.port, UInt32(body.byteCount)])
    }
    #expect(seen == [[1, 9, 1], [2, 9, 0]])
  }
}

/// How often lost routing is set again.
@Suite struct RepairPaceTests {
  /// How many attempts are allowed, one each millisecond.
  private func allowed(_ pace: inout RepairPace, _ milliseconds: some Sequence<UInt64>) -> Int {
    milliseconds.filter { pace.allows(at: $0) }.count
  }

  @Test("a few times at once, then twice a second, and a few times at once after a pause")
  func pace() {
    var pace = RepairPace()
    #expect(allowed(&pace, 0..<400) == 8)
    #expect(allowed(&pace, 400..<10_400) == 20)
    #expect(allowed(&pace, 60_000..<60_400) == 8)
  }
}
