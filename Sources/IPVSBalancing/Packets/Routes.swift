// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses

/// A route of the director's routing table.
public struct Route: Hashable, Sendable {
  /// Whether the address is one of the director's own.
  public var isLocal: Bool

  /// The MTU of the route in bytes, IP header included.
  public var mtu: Int

  /// The source address of the director's own packets on this route.
  public var source: UInt128

  /// False for the address of a group, and for that of all hosts of a network.
  public var isUnicast: Bool

  /// A route of these values.
  public init(isLocal: Bool = false, mtu: Int = 1500, source: UInt128, isUnicast: Bool = true) {
    self.isLocal = isLocal
    self.mtu = mtu
    self.source = source
    self.isUnicast = isUnicast
  }
}

/// The routing table, queried once for each packet that goes to a server.
public protocol Routes {
  /// The route to an address (an IPv4 address is in the low 32 bits); nil if there is none.
  func route(to address: UInt128, _ family: AddressFamily) -> Route?

  /// Records the path MTU to an IPv4 address that a router reports (`PathMTUs.learn`).
  ///
  /// - Returns: The known path MTU in bytes; nil if there is no route to the address.
  func learn(mtu: Int, to address: UInt128) -> Int?
}

extension Routes {
  /// Ignores the report: the MTU of the route stays.
  public func learn(mtu: Int, to address: UInt128) -> Int? { route(to: address, .ipv4)?.mtu }
}

/// The path MTUs to IPv4 addresses that routers reported (net/ipv4/route.c, `__ip_rt_update_pmtu`).
public struct PathMTUs: Sendable {
  /// The smallest path MTU that is recorded (ip-sysctl, `min_pmtu`).
  private static let least = 552

  /// The lifetime of an entry in ticks (ip-sysctl, `mtu_expires`: 600 seconds).
  private static let life = 600 * Instant.ticksPerSecond

  /// The largest number of entries. An addition beyond it clears the table first.
  private static let capacity = 1 << 14

  private struct Entry {
    let mtu: Int

    /// Whether the entry is locked at `min_pmtu`: reports are ignored until it expires.
    let isFixed: Bool

    let end: Instant
  }

  private var entries: [UInt128: Entry] = [:]

  /// No reported MTUs.
  public init() {}

  private func entry(_ address: UInt128, _ now: Instant) -> Entry? {
    guard let entry = entries[address], entry.end > now else { return nil }
    return entry
  }

  /// The path MTU to an address in bytes: the MTU of the route (`mtu`), or a smaller one that was recorded.
  public func narrowed(_ mtu: Int, to address: UInt128, at now: Instant) -> Int {
    min(entry(address, now)?.mtu ?? mtu, mtu)
  }

  /// Records the report of a router.
  ///
  /// - Parameters:
  ///   - said: The reported MTU in bytes; 0 if the report has none.
  ///   - address: The destination of the packet that was too long.
  ///   - current: The path MTU before the report.
  ///   - now: The time.
  /// - Returns: The path MTU to report to clients: after the first report about an address, the previous
  ///   one. The kernel does the same, as its cached route is not the one that it updates.
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
