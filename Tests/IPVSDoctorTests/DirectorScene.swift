// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSDoctor
import IPVSHost
import IPVSRules
import IPVSText
import TestSupport

/// A director with a loopback, the link `in`, a service, and a masqueraded server.
struct DirectorScene {
  let family: AddressFamily
  var host = HostFacts()

  init(_ family: AddressFamily = .ipv4, tracks: Bool = false) {
    self.family = family
    host.links = [
      1: Link(index: 1, name: "lo", flags: [.up, .loopback], mtu: 65536),
      2: Link(index: 2, name: "in", flags: [.up], mtu: 1500),
    ]
    host.routes[RouteQuestion(server.endpoint.address)] = .route(Route(.unicast, link: 2))
    host.addresses = [InterfaceAddress(virtual.address, prefixLength: 32, link: 1)]
    host.settings["net/ipv4/vs/conntrack"] = tracks ? "1" : "0"
  }

  var virtual: Endpoint { endpoint("203.0.113.1", "2001:db8:f::1", 80) }
  var service: ServiceIdentity { .endpoint(.tcp, virtual) }
  var server: RealServer {
    RealServer(endpoint("192.0.2.11", "2001:db8:d::11", 8080), forwarding: .masquerading)
  }

  private func endpoint(_ ipv4: String, _ ipv6: String, _ port: UInt16) -> Endpoint {
    guard let address = IPAddress(family == .ipv4 ? ipv4 : ipv6) else {
      preconditionFailure("no address")
    }
    return Endpoint(address, port: port)
  }

  /// The packet of a way, and the hooks that it passes.
  func packet(
    _ way: RecordedFirewallTests.Way
  ) -> (packet: AbstractPacket, stages: [FirewallWalk.Stage])? {
    let paths = FirewallPaths(host)
    return switch way {
    case .request: paths.request(to: service).map { ($0, FirewallPaths.request) }
    case .answer:
      paths.answer(of: server, of: service, isTracked: false).map { ($0, FirewallPaths.answer) }
    case .trackedAnswer:
      paths.answer(of: server, of: service, isTracked: true).map { ($0, FirewallPaths.answer) }
    case .toServer: paths.packet(to: server, of: service).map { ($0, FirewallPaths.toServer) }
    }
  }

  /// What becomes of a packet.
  func outcome(
    of way: RecordedFirewallTests.Way, in firewall: HostFirewall
  ) -> RecordedFirewallTests.Expected? {
    guard let (packet, stages) = packet(way) else { return nil }
    let outcome = FirewallWalk.outcome(of: packet, at: stages, in: firewall[family])
    guard !outcome.isDropped else { return .dropped }
    guard outcome.isPassed else { return .either }
    guard way == .request else { return .passes }
    switch FirewallMarks(firewall).mark(of: packet) {
    case .certain(let mark): return mark == 0 ? .passes : .mark(mark)
    case .possible(let marks?): return .marks(marks)
    case .possible(nil): return .anyMark
    case .dropped: return .dropped
    }
  }
}
