// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses
internal import IPVSNumbers
public import IPVSText

/// The settings of a virtual service as unchecked numbers, as in the kernel.
public struct ServiceSettings: Hashable, Sendable {
  /// The name of the scheduler; nil for none, in which case nothing is scheduled.
  public var scheduler: ByteString?

  /// All 32 bits, those of `ServiceBit` among them.
  public var flags: UInt32

  /// The lifetime of persistence templates in ticks.
  public var timeout: UInt32

  /// IPv4: the mask as a number in host order. IPv6: the length of the prefix.
  public var netmask: UInt32

  /// The name of the persistence engine; empty for none.
  public var engine: ByteString

  /// Settings of these values.
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
  public var isPersistent: Bool { flags & ServiceBit.persistent != 0 }

  /// Whether templates are found by what a persistence engine finds in the packets.
  var usesEngine: Bool { isPersistent && !engine.isEmpty }

  /// The part of a client's address that persistence compares; an IPv4 address is in the low 32 bits.
  public func network(of client: UInt128, _ family: AddressFamily) -> UInt128 {
    if family == .ipv4 { return client & UInt128(netmask) }
    return netmask >= 128 ? client : client & ~(UInt128.max >> UInt128(netmask))
  }

  /// `IP_VS_SVC_F_ONEPACKET`
  public var isOnePacket: Bool { flags & ServiceBit.onePacket != 0 }
}

/// A virtual service in the table.
struct ServiceRecord {
  let key: ServiceKey

  /// Distinguishes the service from earlier ones with the same key.
  let serial: UInt64

  var settings: ServiceSettings

  /// The real servers, the last added first: the order of dumps and of every scheduler.
  var servers: [Slab<ServerRecord>.Index] = []

  /// Nil if the service has none: nothing is scheduled.
  var scheduler: (any Scheduler)?

  init(_ key: ServiceKey, serial: UInt64 = 0, _ settings: ServiceSettings) {
    self.key = key
    self.serial = serial
    self.settings = settings
  }
}

/// What identifies a virtual service (ip_vs_ctl.c, `ip_vs_genl_parse_service`).
///
/// A key can hold all that the kernel's table can hold, which is more than rules express: any protocol
/// number, and a mark beside an address.
public struct ServiceKey: Hashable, Sendable {
  // The largest first: each server knows its service by this key, too.

  /// The address as a number, that of IPv4 in the low 32 bits; 0 for services by mark.
  public var address: UInt128

  /// The firewall mark. 0: the service is one by address.
  public var mark: UInt32

  /// The number of the protocol; 6 for services by mark.
  public var transport: UInt16

  /// The port in host order; 0 for services by mark.
  public var port: UInt16

  /// The family of `address`; of services by mark, that of the packets.
  public var family: AddressFamily

  /// A service by address.
  public init(_ family: AddressFamily, transport: UInt16, address: UInt128, port: UInt16) {
    self.family = family
    self.transport = transport
    mark = 0
    self.address = address
    self.port = port
  }

  /// Whether the service, where it is not persistent, schedules connections to a port.
  public func schedules(port: UInt16) -> Bool { mark != 0 || port == self.port }

  /// The port at a server of a connection to one of the service's ports. A client that is bound to a server
  /// keeps each other port that it asks for.
  public func port(at server: ServerKey, for asked: UInt16, isPersistent: Bool) -> UInt16 {
    server.port == 0 || isPersistent && asked != port ? asked : server.port
  }

  /// A service by mark. As in the kernel, the mark 0 gives the service TCP 0.0.0.0:0.
  public init(_ family: AddressFamily, mark: UInt32) {
    self.family = family
    transport = TransportProtocol.tcp.rawValue
    self.mark = mark
    address = 0
    port = 0
  }
}
