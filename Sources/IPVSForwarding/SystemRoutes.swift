// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSBalancing
internal import IPVSDevices

/// The routing table of this machine. Lookups are cached for some seconds: one takes as long as forwarding
/// ten packets.
final class SystemRoutes: Routes {
  /// How long a lookup is cached, in ticks.
  private static let lifetime = 5 * Instant.ticksPerSecond

  /// The most lookups that are cached.
  private static let capacity = 1 << 16

  private struct Destination: Hashable {
    let address: UInt128
    let family: AddressFamily
  }

  private var pathMTUs = PathMTUs()
  private var cache: [Destination: (route: Route?, end: Instant)] = [:]

  /// The present time, set by the owner.
  var now = Instant(ticks: 0)

  func route(to address: UInt128, _ family: AddressFamily) -> Route? {
    let destination = Destination(address: address, family: family)
    if let cached = cache[destination], cached.end > now { return cached.route }
    if cache.count >= Self.capacity { cache.removeAll() }
    let route = lookUp(address, family)
    cache[destination] = (route, now.advanced(byTicks: Self.lifetime))
    return route
  }

  private func lookUp(_ address: UInt128, _ family: AddressFamily) -> Route? {
    let destination = IPAddress(address, family)
    guard let found = RouteLookup(to: destination) else { return nil }
    let mtu =
      family == .ipv4 ? pathMTUs.narrowed(found.mtu, to: address, at: now) : found.mtu
    return Route(isLocal: found.source == destination, mtu: mtu, source: found.source.bits)
  }

  /// The system itself learns nothing of our tunnels' MTU, as they are none of its own.
  func learn(mtu: Int, to address: UInt128) -> Int? {
    guard let route = lookUp(address, .ipv4) else { return nil }
    cache[Destination(address: address, family: .ipv4)] = nil
    return pathMTUs.learn(mtu, to: address, current: route.mtu, at: now)
  }
}

/// The routes of a packet that may carry several segments (GSO): each segment must fit the MTU.
struct SegmentRoutes<Base: Routes>: Routes {
  private let base: Base
  private let segmentLength: Int?

  /// - Parameter segmentLength: The bytes of a segment, headers included; nil for a packet that is one.
  init(of base: Base, segmentLength: Int?) {
    self.base = base
    self.segmentLength = segmentLength
  }

  func route(to address: UInt128, _ family: AddressFamily) -> Route? {
    var route = base.route(to: address, family)
    if let segmentLength, let mtu = route?.mtu, segmentLength <= mtu {
      route?.mtu = PacketFrame.largestPacket
    }
    return route
  }

  func learn(mtu: Int, to address: UInt128) -> Int? { base.learn(mtu: mtu, to: address) }
}
