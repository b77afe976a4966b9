import IPVSAddresses
import Testing

@testable import IPVSDevices

/// Which rules and routes lead packets of services through a device.
@Suite struct PolicyRoutingPlanTests {
  private func lines(_ flows: [InterceptedFlow], _ family: AddressFamily = .ipv4) -> [String] {
    PolicyRoutingPlan(flows, family).entries.map { $0.adding("d", maker: 7) }.sorted()
  }

  private func flow(
    _ end: InterceptedFlow.End, _ address: String, _ transport: UInt8, _ port: UInt16
  ) throws -> InterceptedFlow {
    InterceptedFlow(end, try #require(IPAddress(address)), transport: transport, port: port)
  }

  @Test("nothing is led anywhere without a service")
  func empty() {
    #expect(lines([]).isEmpty)
  }

  @Test("ports of a service, of a server, and pieces without ports")
  func ports() throws {
    let flows = [
      try flow(.service, "10.0.0.1", 6, 80), try flow(.service, "10.0.0.1", 6, 443),
      try flow(.server, "10.1.0.2", 6, 8080),
    ]
    #expect(
      lines(flows) == [
        "route replace 10.0.0.1 dev d table 20406",
        "rule add pref 201 ipproto 6 dport 443 lookup 20406 protocol 7",
        "rule add pref 201 ipproto 6 dport 80 lookup 20406 protocol 7",
        "rule add pref 202 ipproto 6 dport 1-65534 goto 210 protocol 7",
        "rule add pref 203 ipproto 1 lookup 20406 protocol 7",
        "rule add pref 203 ipproto 6 lookup 20406 protocol 7",
        "rule add pref 211 from 10.1.0.2 goto 220 protocol 7",
        "rule add pref 221 ipproto 6 sport 8080 lookup 20407 protocol 7",
        "rule add pref 222 ipproto 1 lookup local protocol 7",
        "rule add pref 222 ipproto 6 sport 1-65534 goto 300 protocol 7",
        "rule add pref 223 ipproto 1 lookup 20407 protocol 7",
        "rule add pref 223 ipproto 6 lookup 20407 protocol 7",
      ])
  }

  @Test(
    "ports that cannot be told, or are too many to be",
    arguments: [[0, 80], [65535], Array(1...33)])
  func everyPort(_ ports: [UInt16]) throws {
    let flows = try ports.map { try flow(.service, "10.0.0.1", 6, $0) }
    #expect(
      lines(flows) == [
        "route replace 10.0.0.1 dev d table 20406",
        "rule add pref 203 ipproto 1 lookup 20406 protocol 7",
        "rule add pref 203 ipproto 6 lookup 20406 protocol 7",
      ])
  }

  @Test("IPsec goes where the key exchange goes")
  func keyExchange() throws {
    let rules = lines([try flow(.service, "10.0.0.1", 17, 500)])
    #expect(rules.contains("rule add pref 203 ipproto 50 lookup 20406 protocol 7"))
    #expect(rules.contains("rule add pref 203 ipproto 51 lookup 20406 protocol 7"))
    let others = lines([try flow(.service, "10.0.0.1", 6, 500)])
    #expect(!others.contains { $0.contains("ipproto 50") })
  }

  @Test("of ICMPv6 only what passes the machine: neighbours find each other by the rest")
  func neighbours() throws {
    let rules = lines(
      [try flow(.service, "fd00::1", 17, 53), try flow(.server, "fd00::2", 17, 53)], .ipv6
    ).filter { $0.contains("ipproto 58") }
    #expect(
      rules == [
        "rule add pref 222 ipproto 58 lookup local protocol 7",
        "rule add pref 223 ipproto 58 lookup 20407 protocol 7",
      ])
  }

  @Test("every jump leads to a rule that is always there")
  func jumps() throws {
    let flows = [try flow(.service, "10.0.0.1", 6, 80), try flow(.server, "10.1.0.2", 6, 80)]
    let frame = PolicyRoutingPlan.frame("d").map { $0.adding("d", maker: 7) }
    for line in lines(flows) + frame {
      guard let target = line.firstMatch(of: /goto (\d+)/) else { continue }
      #expect(frame.contains { $0.hasPrefix("rule add pref \(target.1) ") }, "\(line)")
    }
  }
}
