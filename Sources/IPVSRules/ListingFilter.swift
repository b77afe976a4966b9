// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses

/// Which services, servers, and connections a listing shows.
///
/// Of one kind, each value is enough; of the kinds, each must agree. A kind without values agrees
/// with everything.
public struct ListingFilter: Hashable, Sendable {
  /// Services. A connection is one of a service without a port if it goes to any port of the address.
  public var services: [ServiceIdentity] = []

  /// Real servers.
  public var servers: [ServerSelection] = []

  /// The schedulers of services.
  public var schedulers: [KernelName] = []

  /// The clients of connections.
  public var clients: [AddressPrefix] = []

  /// The states of connections.
  public var states: [ConnectionStateName] = []

  /// Selects everything.
  public init() {}

  /// Whether everything is selected.
  public var isEmpty: Bool {
    services.isEmpty && servers.isEmpty && schedulers.isEmpty && clients.isEmpty && states.isEmpty
  }

  /// Whether a service itself is selected, whatever servers it has.
  public func selects(_ service: VirtualService) -> Bool {
    (services.isEmpty || services.contains(service.identity))
      && (schedulers.isEmpty || schedulers.contains(service.scheduler))
  }

  /// Whether a server of a service is selected.
  public func selects(_ server: ServerIdentity) -> Bool {
    servers.isEmpty || servers.contains { $0.contains(server) }
  }
}

extension Snapshot {
  /// The services that a filter selects, with the servers that it selects. A service that has none of
  /// the servers is left out.
  public func selecting(_ filter: ListingFilter) -> Snapshot {
    var selected = self
    selected.services = services.compactMap { listed in
      guard filter.selects(listed.service) else { return nil }
      guard !filter.servers.isEmpty else { return listed }
      var listed = listed
      let identity = listed.service.identity
      listed.servers.removeAll {
        !filter.selects(ServerIdentity($0.server.endpoint, of: identity))
      }
      return listed.servers.isEmpty ? nil : listed
    }
    return selected
  }
}

/// What connections are counted by.
public enum ConnectionKey: String, Hashable, Sendable, CaseIterable {
  /// Protocol and state.
  case state

  /// Address and port of the real server.
  case server

  /// The virtual service.
  case service

  /// The address of the client.
  case client

  /// The scheduler of the virtual service.
  case scheduler
}
