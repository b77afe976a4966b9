/// IPVS: the rules, the connections, and what becomes of packets.
///
/// It has one owner, asks no clock, and draws no random numbers of its own: the time comes with each
/// call, and the seed with `init`, so that every run can be repeated exactly.
public struct Balancer: ~Copyable {
  public var settings: Settings

  /// Of everything that passed, whatever the service.
  var counters = Counters()
  var estimate = Estimate()

  /// The virtual services, and where each stands by its key.
  var services = Slab<ServiceRecord>()
  var servicePlaces: [ServiceKey: Slab<ServiceRecord>.Index] = [:]
  var lastSerial: UInt64 = 0

  /// How many services by address have the port 0, or that of FTP: while there are none, a look-up
  /// need not try these ports.
  var portZeroServices = 0
  var ftpServices = 0

  /// The real servers of all services, and those in the trash.
  var servers = Slab<ServerRecord>(capacity: 64)
  var serverPlaces: [ServerPlace: Slab<ServerRecord>.Index] = [:]
  var trash = Trash()

  /// How many servers have another family than their service.
  var mixedServers = 0

  /// The sync daemons that run.
  var daemons: [DaemonRole: DaemonSettings] = [:]

  var random: SplitMix

  /// - Parameter seed: what makes the places of connections unpredictable from outside.
  public init(settings: Settings = Settings(), seed: UInt64) {
    self.settings = settings
    random = SplitMix(seed: seed)
  }
}
