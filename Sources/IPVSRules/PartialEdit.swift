// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses

/// A change of what a line names of a service or of servers; the rest stays (ipvsadm(8), `--keep-rest`).
public enum PartialEdit: Hashable, Sendable {
  /// Some settings of a service.
  case service(ServiceIdentity, ServiceSettings)

  /// Some settings of the one server that is selected.
  case server(ServerSelection, ServerSettings)
}

/// Real servers by their address, in one service or in all.
public struct ServerSelection: Hashable, Sendable {
  /// Nil: every service.
  public var service: ServiceIdentity?

  /// The address of the servers.
  public var address: IPAddress

  /// Nil: any port.
  public var port: UInt16?

  /// Selects servers by their address.
  public init(_ address: IPAddress, port: UInt16? = nil, in service: ServiceIdentity? = nil) {
    self.service = service
    self.address = address
    self.port = port
  }

  /// Whether a server is meant.
  public func contains(_ server: ServerIdentity) -> Bool {
    contains(server.endpoint) && (service ?? server.service) == server.service
  }

  /// Whether an address and port are those of servers that are meant, of whatever service.
  public func contains(_ endpoint: Endpoint) -> Bool {
    endpoint.address == address && (port ?? endpoint.port) == endpoint.port
  }
}

/// Some of the settings of a service; nil: as it is.
public struct ServiceSettings: Hashable, Sendable {
  /// The name of the scheduler.
  public var scheduler: KernelName?

  /// The flags of the scheduler.
  public var schedulerFlags: ServiceFlags?

  /// Whether each datagram is scheduled anew.
  public var onePacket: Bool?

  /// The timeout of persistence in seconds.
  public var persistence: UInt32?

  /// Which clients persistence treats as one.
  public var netmask: Netmask?

  /// The persistence engine.
  public var engine: KernelName?

  /// Changes nothing.
  public init() {}
}

/// Some of the settings of a real server; nil: as it is.
public struct ServerSettings: Hashable, Sendable {
  /// How packets reach the server.
  public var forwarding: ForwardingMethod?

  /// The settings of a tunnel; of effect where `forwarding` is named, too.
  public var tunnel: Tunnel?

  /// The share of new connections.
  public var weight: Weight?

  /// The most connections; 0 for no limit.
  public var upperThreshold: UInt32?

  /// The number of connections below which a full server gets new ones again.
  public var lowerThreshold: UInt32?

  /// Changes nothing.
  public init() {}
}

extension VirtualService {
  /// The service with some settings changed. Flags belong to a scheduler: with another one they go.
  public func changing(_ settings: ServiceSettings) -> VirtualService {
    var service = self
    if let scheduler = settings.scheduler, scheduler != self.scheduler {
      service.scheduler = scheduler
      service.flags.subtract(.ofScheduler)
    }
    if let flags = settings.schedulerFlags {
      service.flags.subtract(.ofScheduler)
      service.flags.formUnion(flags)
    }
    if settings.onePacket == true { service.flags.insert(.onePacket) }
    service.persistence = settings.persistence ?? persistence
    service.netmask = settings.netmask ?? netmask
    service.engine = settings.engine ?? engine
    return service
  }
}

extension RealServer {
  /// The server with some settings changed.
  public func changing(_ settings: ServerSettings) -> RealServer {
    var server = self
    if let forwarding = settings.forwarding {
      server.forwarding = forwarding
      if forwarding != self.forwarding || settings.tunnel != nil {
        server.tunnel = settings.tunnel ?? Tunnel()
      }
    }
    server.weight = settings.weight ?? weight
    server.upperThreshold = settings.upperThreshold ?? upperThreshold
    server.lowerThreshold = settings.lowerThreshold ?? lowerThreshold
    return server
  }
}
