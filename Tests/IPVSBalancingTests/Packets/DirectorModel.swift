// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSPackets
import IPVSText
import TestSupport
import Testing

@testable import IPVSBalancing

/// A director with two interfaces, as it was when packets were recorded: the IP stack of a router
/// around a balancer. It does what the kernel does before and after IPVS, and no more.
struct DirectorModel: ~Copyable {
  var balancer: Balancer
  var network = Network()
  var now = Instant(ticks: 0)
  private var fragments = FragmentStore()
  private var identification: UInt16 = 0

  /// What the director sends by itself, and what reaches its own programs.
  struct Outcome {
    var toClients: [[UInt8]] = []
    var toServers: [[UInt8]] = []
    var isDelivered = false
    var dropReason: DropReason?
  }

  /// The routing table.
  struct Network: Routes {
    /// What was learned, and the time.
    private final class Memory {
      var pathMTUs = PathMTUs()
      var now = Instant(ticks: 0)
    }

    private let memory = Memory()

    var serverMTU = 1500

    func begin(at now: Instant) { memory.now = now }

    func isLocal(_ address: UInt128, _ family: AddressFamily) -> Bool {
      let own: Set<UInt128> = [
        0x0a00_0001, 0x0a00_0002, 0x0a01_fffe, 0x0a02_fffe, 0x2001_0db8 << 96 | 1,
        0x2001_0db8 << 96 | 2,
        0x2001_0db8_0001 << 80 | 0xfe, 0x2001_0db8_0002 << 80 | 0xfe, 1,
      ]
      return own.contains(address)
        || (family == .ipv4 && (address >> 24 == 127 || address >> 16 == 0x0a03))
    }

    func isBehindServers(_ address: UInt128, _ family: AddressFamily) -> Bool {
      family == .ipv4 ? address >> 16 == 0x0a02 : address >> 64 == 0x2001_0db8_0002_0000
    }

    func route(to address: UInt128, _ family: AddressFamily) -> Route? {
      if isLocal(address, family) { return Route(isLocal: true, mtu: 65_535, source: address) }
      let isServer = isBehindServers(address, family)
      let side: UInt128 = isServer ? 2 : 1
      let mtu = isServer ? serverMTU : 1500
      return Route(
        mtu: family == .ipv4 ? memory.pathMTUs.narrowed(mtu, to: address, at: memory.now) : mtu,
        source: family == .ipv4
          ? 0x0a00_fffe | side << 16 : (0x2001_0db8_0000 | side) << 80 | 0xfe)
    }

    func learn(mtu: Int, to address: UInt128) -> Int? {
      guard let route = route(to: address, .ipv4) else { return nil }
      return memory.pathMTUs.learn(mtu, to: address, current: route.mtu, at: memory.now)
    }
  }

  init() {
    var settings = Settings()
    settings.kernel = .oldest
    balancer = Balancer(settings: settings, seed: 7)
  }

  /// - Parameter mark: The firewall's mark; packets with one are routed to the director itself.
  mutating func receive(_ bytes: [UInt8], mark: UInt32 = 0) -> Outcome {
    network.begin(at: now)
    guard Self.hasRightHeader(bytes), let whole = fragments.gather(bytes) else { return Outcome() }
    var packet = whole.bytes
    // What cannot be read is left to the stack.
    guard var header = try? PacketHeader(reading: packet.span.bytes) else {
      return Outcome(isDelivered: true)
    }
    let isLocal = mark != 0 || network.isLocal(header.destination, header.family)
    if !isLocal {
      guard header.timeToLive > 1 else {
        return refuse(.timeExceeded, header, packet, isLocal: false)
      }
      var span = packet.mutableSpan
      var raw = span.mutableBytes
      header.decrementTimeToLive(&raw)
    }
    var span = packet.mutableSpan
    var raw = span.mutableBytes
    let verdict = balancer.handle(
      &raw, &header, mark: mark, at: isLocal ? .localIn : .forward, routes: network, at: now)
    switch verdict {
    case .pass:
      return isLocal
        ? Outcome(isDelivered: true) : send(packet, to: header.destination, header, whole.largest)
    case .drop(let reason): return Outcome(dropReason: reason)
    case .refuse(let fault): return refuse(fault, header, packet, isLocal: isLocal)
    case .report(let error, let tunnel):
      return tell(
        error, tunnel.inner, Array(packet[tunnel.innerOffset..<header.length]),
        from: tunnel.inner.destination)
    case .toClient: return send(packet, to: header.destination, header, whole.largest)
    case .toServer(let transmission):
      guard !transmission.isLocal else { return Outcome(isDelivered: true) }
      guard let path = transmission.tunnel else {
        return send(packet, to: transmission.nextHop, header, whole.largest)
      }
      return sendThroughTunnel(packet, transmission, path, header)
    }
  }

  /// The sum that every router checks.
  private static func hasRightHeader(_ bytes: [UInt8]) -> Bool {
    guard bytes[0] >> 4 == 4 else { return true }
    let sum = stride(from: 0, to: Int(bytes[0] & 15) * 4, by: 2).reduce(0) {
      $0 + Int(bytes[$1]) << 8 + Int(bytes[$1 + 1])
    }
    return sum > 0 && sum % 0xffff == 0
  }

  private mutating func sendThroughTunnel(
    _ packet: [UInt8], _ transmission: Transmission, _ path: TunnelPath, _ header: PacketHeader
  ) -> Outcome {
    identification &+= 1
    let outer = OuterHeader(
      for: header, from: path.source, to: transmission.nextHop, transmission.family, path,
      identification: identification)
    var wrapped = [UInt8](repeating: 0xa5, count: outer.length) + packet
    let end = wrapped.count
    var span = wrapped.mutableSpan
    var raw = span.mutableBytes
    outer.write(before: outer.length, end: end, in: &raw)
    return send(wrapped, to: transmission.nextHop, header, nil)
  }

  private mutating func refuse(
    _ fault: ICMPFault, _ header: PacketHeader, _ packet: [UInt8], isLocal: Bool
  ) -> Outcome {
    // The kernel speaks for no address but its own.
    guard !isLocal || network.isLocal(header.destination, header.family) else { return Outcome() }
    let source =
      isLocal
      ? header.destination : network.route(to: header.source, header.family)?.source ?? 0
    return tell(ErrorMessage(fault, header.family), header, packet, from: source)
  }

  /// Sends a message that the director makes, past the hook for what its own programs send.
  private mutating func tell(
    _ message: ErrorMessage, _ header: PacketHeader, _ packet: [UInt8], from source: UInt128
  ) -> Outcome {
    guard ErrorMessage.mayConcern(header, in: packet.span.bytes) else { return Outcome() }
    identification &+= 1
    var answer = [UInt8](repeating: 0xa5, count: ErrorMessage.room(header.family))
    var span = answer.mutableSpan
    var raw = span.mutableBytes
    let length = message.write(
      about: header, in: packet.span.bytes, from: source, identification: identification,
      into: &raw)
    if var made = try? PacketHeader(reading: raw.bytes) {
      let verdict = balancer.handle(&raw, &made, at: .localOut, routes: network, at: now)
      #expect(verdict == .pass || verdict == .toClient)
    }
    return send(Array(answer[..<length]), to: header.source, header, nil)
  }

  private func send(
    _ packet: [UInt8], to address: UInt128, _ header: PacketHeader, _ largest: Int?
  ) -> Outcome {
    let family: AddressFamily = packet[0] >> 4 == 4 ? .ipv4 : .ipv6
    let mtu = network.route(to: address, family)?.mtu ?? 1500
    let pieces = FragmentStore.cut(packet, to: min(largest ?? mtu, mtu))
    var outcome = Outcome()
    if network.isBehindServers(address, family) {
      outcome.toServers = pieces
    } else {
      outcome.toClients = pieces
    }
    return outcome
  }
}
