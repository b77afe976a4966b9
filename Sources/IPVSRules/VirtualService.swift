/// A virtual service: what clients see as one server.
public struct VirtualService: Hashable, Sendable {
  public var identity: ServiceIdentity

  /// The name of the scheduler; the kernel loads `ip_vs_NAME` for it.
  public var scheduler: KernelName

  public var flags: ServiceFlags

  /// How long, in seconds, a client stays with its real server after its last connection. Nil: the
  /// service is not persistent.
  public var persistence: UInt32?

  /// Which clients persistence takes for one. Without persistence it has no effect.
  public var netmask: Netmask

  /// The persistence engine, such as `sip`, that tells clients apart by more than their address.
  public var engine: KernelName?

  public init(
    _ identity: ServiceIdentity, scheduler: KernelName = .weightedLeastConnections,
    flags: ServiceFlags = [], persistence: UInt32? = nil, netmask: Netmask? = nil,
    engine: KernelName? = nil
  ) {
    self.identity = identity
    self.scheduler = scheduler
    self.flags = flags
    self.persistence = persistence
    self.netmask = netmask ?? .host(of: identity.family)
    self.engine = engine
  }
}
