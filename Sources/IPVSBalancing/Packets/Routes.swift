public import IPVSAddresses

/// The way to an address, as the director's routing table has it.
public struct Route: Hashable, Sendable {
  /// The address is one of the director's own.
  public var isLocal: Bool

  /// The longest packet that the way takes, in bytes from the IP header on.
  public var mtu: Int

  /// The director's address on that way: the source of what it sends itself.
  public var source: UInt128

  /// False for the address of a group, and for that of all hosts of a network.
  public var isUnicast: Bool

  public init(isLocal: Bool = false, mtu: Int = 1500, source: UInt128, isUnicast: Bool = true) {
    self.isLocal = isLocal
    self.mtu = mtu
    self.source = source
    self.isUnicast = isUnicast
  }
}

/// The surroundings of the balancer, asked once for each packet that goes to a server.
public protocol Routes {
  /// The way to an address (that of IPv4 in the low 32 bits). Nil: there is none.
  func route(to address: UInt128, _ family: AddressFamily) -> Route?

  /// Takes note of what a router says of the longest packet to an address of IPv4 (`PathMTUs.learn`).
  ///
  /// - Returns: What is known of that, in bytes. Nil: there is no way to the address.
  func learn(mtu: Int, to address: UInt128) -> Int?
}

extension Routes {
  /// Where all ways are as they are, whatever routers say.
  public func learn(mtu: Int, to address: UInt128) -> Int? { route(to: address, .ipv4)?.mtu }
}

/// What routers have said of how long packets to addresses of IPv4 may be (net/ipv4/route.c,
/// `__ip_rt_update_pmtu`).
public struct PathMTUs: Sendable {
  /// No word makes the longest packet shorter than this (ip-sysctl, `min_pmtu`).
  private static let least = 552

  /// How long a word counts, in ticks (ip-sysctl, `mtu_expires`: 600 seconds).
  private static let life = 600 * Instant.ticksPerSecond

  /// How many addresses are kept. With one more, all are forgotten, and learned again.
  private static let capacity = 1 << 14

  private struct Entry {
    let mtu: Int

    /// It is the least, and while it counts, nobody is believed who says less or more.
    let isFixed: Bool

    let end: Instant
  }

  private var entries: [UInt128: Entry] = [:]

  public init() {}

  private func entry(_ address: UInt128, _ now: Instant) -> Entry? {
    guard let entry = entries[address], entry.end > now else { return nil }
    return entry
  }

  /// The longest packet to an address, in bytes: less than what the way takes otherwise (`mtu`), if that
  /// was learned.
  public func narrowed(_ mtu: Int, to address: UInt128, at now: Instant) -> Int {
    min(entry(address, now)?.mtu ?? mtu, mtu)
  }

  /// Takes note of what a router says.
  ///
  /// - Parameters:
  ///   - said: The longest packet in bytes; 0 if it does not say.
  ///   - current: What was known of that so far.
  /// - Returns: What is known of it: of the first word about an address, what was known before. The
  ///   kernel tells that to clients, as the route that it has at hand is not the one that learns.
  public mutating func learn(
    _ said: Int, to address: UInt128, current: Int, at now: Instant
  ) -> Int {
    let known = entry(address, now)
    guard known?.isFixed != true, said <= current else { return current }
    let isFixed = said < Self.least
    let mtu = isFixed ? min(current, Self.least) : said
    if entries.count >= Self.capacity, entries[address] == nil { entries.removeAll() }
    entries[address] = Entry(mtu: mtu, isFixed: isFixed, end: now.advanced(byTicks: Self.life))
    return known == nil ? current : mtu
  }
}
