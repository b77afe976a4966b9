public import IPVSAddresses

/// One thing that is asked of the director.
public enum Change: Hashable, Sendable {
  case addService(VirtualService)

  /// Replaces every setting of a service; its real servers and connections stay.
  case editService(VirtualService)
  case deleteService(ServiceIdentity)

  case addServer(RealServer, to: ServiceIdentity)

  /// Replaces every setting of a real server; its connections stay.
  case editServer(RealServer, of: ServiceIdentity)
  case deleteServer(Endpoint, of: ServiceIdentity)

  /// Deletes all services.
  case flush

  /// Sets the counters of one service with its servers, or of everything, to zero.
  case zero(ServiceIdentity?)

  case setTimeouts(Timeouts)
  case startDaemon(SyncDaemon)
  case stopDaemon(SyncDaemon.Role, syncID: UInt32)
}
