internal import IPVSAddresses
internal import IPVSBalancing
internal import IPVSDevices

/// The routing table of this machine, of which every answer counts for some seconds: asking takes as
/// long as passing on ten packets.
final class SystemRoutes: Routes {
  /// How long an answer counts, in ticks.
  private static let life = 5 * Instant.ticksPerSecond

  /// How many answers are kept.
  private static let mostAnswers = 1 << 16

  private struct Place: Hashable {
    let address: UInt128
    let family: AddressFamily
  }

  private var pathMTUs = PathMTUs()
  private var answers: [Place: (route: Route?, end: Instant)] = [:]

  /// What time it is.
  var now = Instant(ticks: 0)

  func route(to address: UInt128, _ family: AddressFamily) -> Route? {
    let place = Place(address: address, family: family)
    var route: Route?
    if let answer = answers[place], answer.end > now {
      route = answer.route
    } else {
      if answers.count >= Self.mostAnswers { answers.removeAll() }
      route = ask(address, family)
      answers[place] = (route, now.advanced(byTicks: Self.life))
    }
    return route
  }

  private func ask(_ address: UInt128, _ family: AddressFamily) -> Route? {
    let end = IPAddress(address, family)
    guard let way = RouteLookup(to: end) else { return nil }
    let mtu = family == .ipv4 ? pathMTUs.narrowed(way.mtu, to: address, at: now) : way.mtu
    return Route(isLocal: way.source == end, mtu: mtu, source: way.source.bits)
  }

  /// The system learns nothing of the tunnels, which are none of its own.
  func learn(mtu: Int, to address: UInt128) -> Int? {
    guard let route = ask(address, .ipv4) else { return nil }
    answers[Place(address: address, family: .ipv4)] = nil
    return pathMTUs.learn(mtu, to: address, current: route.mtu, at: now)
  }
}

/// Routes as a packet takes them that may carry several segments (GSO): only they must fit the MTU.
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
