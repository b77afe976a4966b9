public import IPVSText

/// What is set of a virtual service, as the kernel keeps it: unchecked numbers.
public struct ServiceSettings: Hashable, Sendable {
  /// The name of the scheduler. Nil: none, and nothing is scheduled.
  public var scheduler: ByteString?

  /// All 32 bits (`IP_VS_SVC_F_*`).
  public var flags: UInt32

  /// How long persistence templates live, in ticks.
  public var timeout: UInt32

  /// IPv4: the mask as a number in host order. IPv6: the length of the prefix.
  public var netmask: UInt32

  /// The name of the persistence engine; empty for none.
  public var engine: ByteString

  public init(
    scheduler: ByteString?, flags: UInt32 = 0, timeout: UInt32 = 0, netmask: UInt32,
    engine: ByteString = ""
  ) {
    self.scheduler = scheduler
    self.flags = flags
    self.timeout = timeout
    self.netmask = netmask
    self.engine = engine
  }

  /// `IP_VS_SVC_F_PERSISTENT`
  public var isPersistent: Bool { flags & 0x1 != 0 }

  /// Whether templates are found by what a persistence engine finds in the packets.
  var usesEngine: Bool { isPersistent && !engine.isEmpty }

  /// `IP_VS_SVC_F_ONEPACKET`
  public var isOnePacket: Bool { flags & 0x4 != 0 }
}

/// A virtual service in the table.
struct ServiceRecord {
  let key: ServiceKey

  /// What tells it from earlier services with the same key.
  let serial: UInt64

  var settings: ServiceSettings

  /// The real servers, the last added first: the order of dumps and of every scheduler.
  var servers: [Slab<ServerRecord>.Index] = []

  /// Nil: the service has none, and nothing is scheduled.
  var scheduler: (any Scheduler)?

  init(_ key: ServiceKey, serial: UInt64 = 0, _ settings: ServiceSettings) {
    self.key = key
    self.serial = serial
    self.settings = settings
  }
}
