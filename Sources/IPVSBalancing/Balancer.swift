/// IPVS: the rules, the connections, and what becomes of packets.
///
/// It has one owner, asks no clock, and draws no random numbers of its own: the time comes with each
/// call, and the seed with `init`, so that every run can be repeated exactly.
public struct Balancer: ~Copyable {
  public var settings: Settings

  /// Of everything that passed, whatever the service.
  var counters = Counters()

  /// The virtual services, and where each stands by its key.
  var services = Slab<ServiceRecord>()
  var servicePlaces: [ServiceKey: Slab<ServiceRecord>.Index] = [:]

  /// The real servers of all services, and those in the trash.
  var servers = Slab<ServerRecord>(capacity: 64)

  /// - Parameter seed: what makes the places of connections unpredictable from outside.
  public init(settings: Settings = Settings(), seed: UInt64) {
    self.settings = settings
  }
}
