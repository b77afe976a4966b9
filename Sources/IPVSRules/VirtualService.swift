// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses
import IPVSNumbers

/// A virtual service: what clients see as one server.
public struct VirtualService: Hashable, Sendable {
  /// Which packets belong to the service.
  public var identity: ServiceIdentity

  /// The name of the scheduler; the kernel loads `ip_vs_NAME` for it.
  public var scheduler: KernelName

  /// Flags beyond persistence.
  public var flags: ServiceFlags

  /// How long, in seconds, a client stays with its real server after its last connection; nil where
  /// the service is not persistent.
  public var persistence: UInt32?

  /// Which clients persistence treats as one. Without persistence it has no effect.
  public var netmask: Netmask

  /// The persistence engine, such as `sip`, that identifies clients by more than their address.
  public var engine: KernelName?

  /// Makes a service of its settings; the defaults are those of ipvsadm(8).
  ///
  /// - Parameters:
  ///   - identity: The address and port, or the firewall mark.
  ///   - scheduler: The scheduler's name.
  ///   - flags: Options of the service and its scheduler.
  ///   - persistence: The timeout of persistence in seconds; nil for none.
  ///   - netmask: Which clients persistence takes for one; nil for the mask of a single client.
  ///   - engine: The persistence engine.
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

extension VirtualService {
  /// Whether a service that is there does what this one asks for: without persistence the netmask means
  /// nothing.
  public func isSame(as present: VirtualService) -> Bool {
    var wanted = self
    if persistence == nil { wanted.netmask = present.netmask }
    return wanted == present
  }
}

extension VirtualService: CustomStringConvertible {
  /// `TCP 202.103.106.5:80, scheduler wlc, persistent 360 s`.
  public var description: String {
    var text = "\(identity), scheduler \(scheduler)"
    if let persistence { text += ", persistent \(persistence) s" }
    if netmask != .host(of: identity.family) { text += ", netmask \(netmask)" }
    if let engine { text += ", persistence engine \(engine)" }
    if flags.contains(.onePacket) { text += ", one packet" }
    for (number, flag) in ServiceFlags.ofSchedulers.enumerated() where flags.contains(flag) {
      text += ", scheduler flag \(number + 1)"
    }
    return text
  }
}

/// What identifies a virtual service: the destination of its packets, or the firewall mark that they
/// carry.
public enum ServiceIdentity: Hashable, Sendable {
  /// Packets of a protocol to an address and port.
  case endpoint(TransportProtocol, Endpoint)

  /// Packets of one family with a firewall mark (`nft ... meta mark set N`). The same mark of the two
  /// families is two services.
  case mark(UInt32, AddressFamily)

  /// The family of the packets.
  public var family: AddressFamily {
    switch self {
    case .endpoint(_, let endpoint): endpoint.address.family
    case .mark(_, let family): family
    }
  }
}

extension ServiceIdentity {
  /// Whether packets belong to the service by a mark of the firewall.
  public var isMark: Bool { if case .mark = self { true } else { false } }
}

extension ServiceIdentity: Comparable {
  /// The order of listings (ipvsadm(8), `--sort`): IPv4 before IPv6, then protocol, address, and
  /// port, all ascending; after them firewall marks, and of one mark IPv4 before IPv6.
  public static func < (left: ServiceIdentity, right: ServiceIdentity) -> Bool {
    switch (left, right) {
    case (.endpoint(let leftProtocol, let leftEnd), .endpoint(let rightProtocol, let rightEnd)):
      let leftFamily = leftEnd.address.family
      let rightFamily = rightEnd.address.family
      if leftFamily != rightFamily { return leftFamily < rightFamily }
      return leftProtocol == rightProtocol ? leftEnd < rightEnd : leftProtocol < rightProtocol
    case (.mark(let leftMark, let leftFamily), .mark(let rightMark, let rightFamily)):
      return leftMark == rightMark ? leftFamily < rightFamily : leftMark < rightMark
    case (.endpoint, .mark): return true
    case (.mark, .endpoint): return false
    }
  }
}

extension ServiceIdentity: CustomStringConvertible {
  /// `TCP 202.103.106.5:80`, `firewall mark 5`, or `firewall mark 5, IPv6`.
  public var description: String {
    switch self {
    case .endpoint(let transport, let endpoint): "\(transport) \(endpoint)"
    case .mark(let mark, .ipv4): "firewall mark \(mark)"
    case .mark(let mark, .ipv6): "firewall mark \(mark), IPv6"
    }
  }
}

/// Flags of a virtual service beyond persistence (`IP_VS_SVC_F_*`).
public struct ServiceFlags: OptionSet, Hashable, Sendable {
  /// The bits. Any bits that a kernel reports are kept.
  public let rawValue: UInt32

  /// The flags of these bits.
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// Each datagram is scheduled anew (ipvsadm(8), `--ops`).
  public static let onePacket = ServiceFlags(rawValue: ServiceBit.onePacket)

  /// The first of three flags that each scheduler interprets by itself.
  public static let scheduler1 = ServiceFlags(rawValue: ServiceBit.scheduler1)

  /// The second of them.
  public static let scheduler2 = ServiceFlags(rawValue: ServiceBit.scheduler2)

  /// The third of them.
  public static let scheduler3 = ServiceFlags(rawValue: ServiceBit.scheduler3)

  /// All three, in ascending order.
  static let ofSchedulers = [scheduler1, scheduler2, scheduler3]

  /// All three.
  static let ofScheduler: ServiceFlags = [.scheduler1, .scheduler2, .scheduler3]

  /// sh and mh: choose another server where the first choice is unavailable.
  public static let fallback = scheduler1

  /// sh and mh: hash the client's port along with its address.
  public static let port = scheduler2
}

/// The part of a client's address that persistence compares (ipvsadm(8), `--netmask`).
public enum Netmask: Hashable, Sendable {
  /// Bits of an IPv4 address. Any bits: the kernel accepts holes and zero.
  case ipv4(IPv4Address)

  /// The length of an IPv6 prefix; the kernel accepts 1...128.
  case ipv6(prefixLength: UInt32)

  /// The mask that distinguishes all clients: 255.255.255.255 or /128.
  public static func host(of family: AddressFamily) -> Netmask {
    switch family {
    case .ipv4: .ipv4(IPv4Address(.max))
    case .ipv6: .ipv6(prefixLength: 128)
    }
  }
}

extension Netmask: CustomStringConvertible {
  /// As `--netmask` takes it: `255.255.255.0`, or the length of a prefix.
  public var description: String {
    switch self {
    case .ipv4(let mask): mask.description
    case .ipv6(let prefixLength): String(prefixLength)
    }
  }
}
