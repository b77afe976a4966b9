// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses

/// One request to change the table or the settings of a director.
public enum Change: Hashable, Sendable {
  /// Adds a service without servers.
  case addService(VirtualService)

  /// Replaces every setting of a service; its real servers and connections stay.
  case editService(VirtualService)

  /// Deletes a service with its servers.
  case deleteService(ServiceIdentity)

  /// Adds a real server to a service.
  case addServer(RealServer, to: ServiceIdentity)

  /// Replaces every setting of a real server; its connections stay.
  case editServer(RealServer, of: ServiceIdentity)

  /// Deletes a real server of a service.
  case deleteServer(Endpoint, of: ServiceIdentity)

  /// Deletes all services.
  case flush

  /// Sets the counters of one service with its servers to zero; of all services where it is nil.
  case zero(ServiceIdentity?)

  /// Sets timeouts; zeros keep the present values.
  case setTimeouts(Timeouts)

  /// Starts a sync daemon.
  case startDaemon(SyncDaemon)

  /// Stops the sync daemon of a role.
  case stopDaemon(SyncDaemon.Role, syncID: UInt32)
}

extension Change: CustomStringConvertible {
  /// What is asked, as an order: `add server 172.16.0.2:80, masquerading, weight 1 to TCP
  /// 202.103.106.5:80`.
  public var description: String {
    switch self {
    case .addService(let service): "add service \(service)"
    case .editService(let service): "change service to \(service)"
    case .deleteService(let identity): "delete service \(identity)"
    case .addServer(let server, to: let identity): "add server \(server) to service \(identity)"
    case .editServer(let server, of: let identity):
      "change server to \(server) of service \(identity)"
    case .deleteServer(let endpoint, of: let identity):
      "delete server \(endpoint) of service \(identity)"
    case .flush: "delete all services"
    case .zero(nil): "set all counters to zero"
    case .zero(let identity?): "set the counters of service \(identity) to zero"
    case .setTimeouts(let timeouts): "set timeouts to \(timeouts)"
    case .startDaemon(let daemon): "start sync daemon \(daemon)"
    case .stopDaemon(let role, _): "stop sync daemon \(role)"
    }
  }
}
