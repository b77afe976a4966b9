// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSGrammar
import IPVSListing
import IPVSRules
import IPVSText
import TestSupport
import Testing

@Suite struct SaveListingTests {
  static let endpoint = Endpoint(.v4(IPv4Address(0x0a00_0001)), port: 80)

  private func saved(_ services: [ListedService]) -> String {
    var text = TextBuffer()
    SaveListing().append(services, to: &text)
    return text.description
  }

  static let tunnels: [(Tunnel, String)] = [
    (Tunnel(), " --tun-type ipip"),
    (Tunnel(.gue, port: 6080), " --tun-type gue --tun-port 6080 --tun-nocsum"),
    (Tunnel(.gue, port: 6080, flags: .checksum), " --tun-type gue --tun-port 6080 --tun-csum"),
    (
      Tunnel(.gue, port: 1, flags: [.checksum, .remoteChecksum]),
      " --tun-type gue --tun-port 1 --tun-remcsum"
    ),
    (Tunnel(.gre), " --tun-type gre --tun-nocsum"),
    (Tunnel(.gre, flags: .checksum), " --tun-type gre --tun-csum"),
    (Tunnel(.gre, flags: [.checksum, .remoteChecksum]), " --tun-type gre --tun-csum"),
    (Tunnel(.gre, flags: Tunnel.Flags(rawValue: 0xfffe)), " --tun-type gre --tun-nocsum"),
    (Tunnel(Tunnel.Kind(rawValue: 9)), ""),
  ]

  @Test("a tunnel is saved with the options that set it", arguments: tunnels)
  func tunnel(tunnel: Tunnel, options: String) {
    let server = RealServer(Self.endpoint, forwarding: .tunneling, tunnel: tunnel)
    let service = ListedService(
      VirtualService(.endpoint(.tcp, Self.endpoint)), servers: [ListedServer(server)])
    #expect(
      saved([service]) == """
        -A -t 10.0.0.1:80 -s wlc
        -a -t 10.0.0.1:80 -r 10.0.0.1:80 -i -w 1\(options)

        """)
  }

  @Test(
    "methods that no option asks for are saved as direct routing",
    arguments: [1, 4, 5, .max] as [UInt32])
  func forwarding(number: UInt32) {
    let method = ForwardingMethod(rawValue: number)
    let service = ListedService(
      VirtualService(.mark(.max, .ipv4)),
      servers: [ListedServer(RealServer(Self.endpoint, forwarding: method))])
    #expect(
      saved([service])
        == "-A -f 4294967295 -s wlc\n-a -f 4294967295 -r 10.0.0.1:80 -g -w 1\n")
  }

  @Test("a table that is saved and restored is the same, but for what is never saved")
  func roundTrip() throws {
    var random = Seed(for: "SaveListing")
    for _ in 0..<300 {
      let services = (0..<4).map { _ in RandomRules.service(using: &random) }
      var unique: [ServiceIdentity: ListedService] = [:]
      for service in services { unique[service.service.identity] = service }
      var model = TableModel()
      var reader = RestoreReader()
      let text = saved(Array(unique.values))
      reader.feed(Array(text.utf8))
      reader.finish()
      while let line = reader.next() {
        guard
          case .change(let change) = try CommandParser.parse(
            line, names: FileNames(hosts: "", services: ""))
        else {
          Issue.record("\(line.text), seed \(random.seed)")
          continue
        }
        model.apply(change)
      }
      #expect(saved(model.snapshot.services) == text, "seed \(random.seed)")
      for restored in model.snapshot.services {
        let original = unique[restored.service.identity]
        #expect(restored.service == original?.service, "seed \(random.seed)")
        #expect(
          Set(restored.servers.map(\.server)) == Set(original?.servers.map(\.server) ?? []),
          "seed \(random.seed)")
      }
    }
  }
}

/// Rules as `ipvsadm` can set them, without what it does not save.
enum RandomRules {
  static func service(using random: inout Seed) -> ListedService {
    let family: AddressFamily = Bool.random(using: &random) ? .ipv4 : .ipv6
    let identity: ServiceIdentity =
      UInt8.random(in: 0..<4, using: &random) == 0
      ? .mark(.random(in: 1 ... .max, using: &random), family)
      : .endpoint(
        [.tcp, .udp, .sctp].randomElement(using: &random) ?? .tcp, endpoint(family, &random))
    var service = VirtualService(identity)
    let schedulers: [ByteString] = ["wlc", "sh", "mh", "rr"]
    let scheduler = KernelName(schedulers.randomElement(using: &random) ?? "wrr", atMost: 15)
    service.scheduler = scheduler ?? .weightedLeastConnections
    for flag in [ServiceFlags.scheduler1, .scheduler2, .scheduler3]
    where Bool.random(using: &random) {
      service.flags.insert(flag)
    }
    if Bool.random(using: &random) {
      service.persistence = .random(in: 1...2_678_400, using: &random)
      service.netmask =
        family == .ipv4
        ? .ipv4(IPv4Address(.random(in: .min ... .max, using: &random)))
        : .ipv6(prefixLength: .random(in: 1...128, using: &random))
    }
    var servers: [Endpoint: ListedServer] = [:]
    for _ in 0..<3 {
      let server = server(of: identity, &random)
      servers[server.endpoint] = ListedServer(server)
    }
    return ListedService(service, servers: Array(servers.values))
  }

  private static func endpoint(
    _ family: AddressFamily, _ random: inout Seed
  ) -> Endpoint {
    let port = UInt16.random(in: 1 ... .max, using: &random)
    switch family {
    case .ipv4:
      return Endpoint(.v4(IPv4Address(.random(in: 1 ... .max, using: &random))), port: port)
    case .ipv6:
      return Endpoint(.v6(IPv6Address(.random(in: 1 ... .max, using: &random))), port: port)
    }
  }

  private static func server(
    of identity: ServiceIdentity, _ random: inout Seed
  ) -> RealServer {
    var server = RealServer(endpoint(identity.family, &random))
    server.weight = Weight(Int32.random(in: 0 ... .max, using: &random)) ?? .one
    switch UInt8.random(in: 0..<4, using: &random) {
    case 0: server.forwarding = .masquerading
    case 1:
      server.forwarding = .tunneling
      server.tunnel = Tunnel(.gue, port: 6080, flags: .remoteChecksum)
    case 2:
      server.forwarding = .tunneling
      server.tunnel = Tunnel(.gre, flags: .checksum)
    default: server.forwarding = .directRouting
    }
    // Only masquerading has ports of its own.
    if server.forwarding != .masquerading, case .endpoint(_, let endpoint) = identity {
      server.endpoint.port = endpoint.port
    }
    return server
  }
}
