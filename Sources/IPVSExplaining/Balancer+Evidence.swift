// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSBalancing
internal import IPVSNumbers
internal import IPVSRules
internal import IPVSText

// A balancer that does as the director of which there is evidence.

/// Addresses of servers that a director has: it has found them to be addresses of hosts.
private struct KnownAddresses: AddressKinds, Interfaces {
  func kind(of address: UInt128, _ family: AddressFamily) -> AddressKind { .unicast }
  func mtu(of interface: ByteString) -> UInt32? { 1500 }
}

extension Balancer {
  /// A copy of a director.
  ///
  /// - Parameter unknown: The services whose scheduler is not known: here they have none.
  init(_ evidence: Evidence, unknown: inout Set<ServiceIdentity>) {
    self.init(settings: evidence.settings, seed: 0)
    let addresses = KnownAddresses()
    for listed in evidence.services {
      let key = ServiceKey(listed.service.identity)
      do throws(KernelError) {
        try addService(key, IPVSBalancing.ServiceSettings(listed.service))
      } catch {
        unknown.insert(listed.service.identity)
        var settings = IPVSBalancing.ServiceSettings(listed.service)
        settings.scheduler = nil
        settings.engine = settings.engine.isEmpty ? "" : Self.standInEngine
        try? addService(key, settings)
      }
      for server in listed.servers.reversed() {
        let name = ServerKey(server.server.endpoint)
        try? addServer(name, to: key, IPVSBalancing.ServerSettings(server.server), addresses)
        restoreCounts(
          of: name, in: key, active: server.activeConnections,
          inactive: server.inactiveConnections, templates: server.persistentConnections)
      }
    }
    if evidence.hasBackupDaemon {
      let daemon = DaemonSettings(interface: "backup", syncID: 0)
      try? startDaemon(DaemonRole.backup.rawValue, daemon, addresses)
    }
    for connection in evidence.connections where connection.isTemplate { restore(connection) }
    for connection in evidence.connections where !connection.isTemplate { restore(connection) }
  }

  /// The engine of a service whose own is not known: either decides by what is in the packet.
  private static var standInEngine: ByteString { "sip" }

  private mutating func restore(_ connection: ListedConnection) {
    guard let transport = connection.transportNumber else { return }
    let family = connection.client.address.family
    restore(
      ListedFlow(
        transport: transport, family: family, client: connection.client.address.number,
        clientPort: connection.client.port, virtual: connection.service.address.number,
        virtualPort: connection.service.port, server: ServerKey(connection.server),
        state: connection.state, isTemplate: connection.isTemplate))
  }
}

extension ListedConnection {
  fileprivate var transportNumber: UInt8? {
    switch transport {
    case "IP": 0
    case "TCP": UInt8(TransportProtocol.tcp.rawValue)
    case "UDP": UInt8(TransportProtocol.udp.rawValue)
    case "SCTP": UInt8(TransportProtocol.sctp.rawValue)
    default: nil
    }
  }
}

// MARK: - Rules as a balancer has them

extension ServiceKey {
  init(_ identity: ServiceIdentity) {
    switch identity {
    case .endpoint(let transport, let endpoint):
      self.init(
        endpoint.address.family, transport: transport.rawValue, address: endpoint.address.number,
        port: endpoint.port)
    case .mark(let mark, let family): self.init(family, mark: mark)
    }
  }
}

extension IPVSBalancing.ServiceSettings {
  /// The word of listings for a service without a scheduler.
  private static var noScheduler: ByteString { "none" }

  init(_ service: VirtualService) {
    let mask: UInt32 =
      switch service.netmask {
      case .ipv4(let mask): mask.bits
      case .ipv6(let length): length
      }
    self.init(
      scheduler: service.scheduler.text == Self.noScheduler ? nil : service.scheduler.text,
      flags: service.flags.rawValue | (service.persistence == nil ? 0 : ServiceBit.persistent),
      timeout: service.persistence ?? 0, netmask: mask, engine: service.engine?.text ?? "")
  }
}

extension IPVSBalancing.ServerSettings {
  init(_ server: RealServer) {
    self.init(
      forwarding: server.forwarding.rawValue, weight: server.weight.value,
      upperThreshold: server.upperThreshold, lowerThreshold: server.lowerThreshold,
      tunnelKind: server.tunnel.kind.rawValue, tunnelPort: server.tunnel.port,
      tunnelFlags: server.tunnel.flags.rawValue)
  }
}

extension ServerKey {
  init(_ endpoint: Endpoint) {
    self.init(
      endpoint.address.family, address: endpoint.address.number, port: endpoint.port)
  }
}

extension ServerKey {
  /// The address and the port.
  var endpoint: Endpoint { Endpoint(IPAddress(address, family), port: port) }
}
