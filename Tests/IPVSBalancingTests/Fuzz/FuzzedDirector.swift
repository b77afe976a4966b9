// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSPackets
import IPVSSchedulers
import IPVSText
import TestSupport

@testable import IPVSBalancing

/// A balancer to which anything happens: rules, settings, packets, and the time, which also goes
/// backwards.
struct FuzzedDirector: ~Copyable {
  var balancer: Balancer
  var grammar: PacketGrammar
  var verdicts: [String: Int] = [:]
  private var now = Instant(seconds: 10)

  /// Those that there are.
  private var services: [ServiceKey] = []

  /// Some servers have no route, and some routes a small MTU.
  private struct SomeRoutes: Routes {
    func route(to address: UInt128, _ family: AddressFamily) -> Route? {
      switch address & 0xff {
      case 4: nil
      case 5: Route(mtu: 600, source: 0x0a02_fffe)
      case 250: Route(isLocal: true, mtu: 65_535, source: address)
      default: Route(source: 0x0a02_fffe)
      }
    }
  }

  private static let names = SchedulerName.allCases.map { ByteString($0.rawValue) } + [""]

  init(_ seed: Seed) {
    balancer = Balancer(seed: seed.seed, at: now)
    grammar = PacketGrammar(seed: seed)
    for _ in 0..<200 { changeRules() }
  }

  private mutating func number(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &grammar.seed)
  }

  private mutating func pick<Value>(_ values: [Value]) -> Value {
    values[number(0...values.count - 1)]
  }

  mutating func step() {
    switch number(0...99) {
    case 0...5: changeRules()
    case 6: changeSetting()
    case 7: balancer.settings = Settings()
    case 8...14: letTimePass()
    default: takePacket()
    }
  }

  // MARK: - Rules

  private mutating func serviceKey() -> ServiceKey {
    let family: AddressFamily = pick([.ipv4, .ipv4, .ipv6])
    if number(0...5) == 0 { return ServiceKey(family, mark: UInt32(number(1...2))) }
    return ServiceKey(
      family, transport: pick([6, 6, 17, 132]), address: address(0, family),
      port: pick([0, 21, 53, 80, 443, 8080]))
  }

  private mutating func address(_ network: UInt128, _ family: AddressFamily) -> UInt128 {
    let host = UInt128(number(1...5))
    return family == .ipv4
      ? 0x0a00_0000 | network << 16 | host : (0x2001_0db8_0000 | network) << 80 | host
  }

  private mutating func changeRules() {
    // Keys that are drawn seldom meet a service that is there.
    let service = services.isEmpty || number(0...1) == 0 ? serviceKey() : pick(services)
    let settings = ServiceSettings(
      scheduler: pick(Self.names), flags: UInt32(pick([0, 1, 4, 5, 8, 0x18, 0x19])),
      timeout: UInt32(pick([0, 100, 36_000])),
      netmask: service.family == .ipv4 ? pick([0, .max]) : 64,
      engine: number(0...9) == 0 ? "sip" : "")
    let family: AddressFamily = number(0...9) == 0 ? .ipv6 : service.family
    let server = ServerKey(family, address: address(2, family), port: pick([0, 80, 8080]))
    let upper = UInt32(number(0...4))
    let new = ServerSettings(
      forwarding: UInt32(pick([0, 0, 0, 1, 2, 2, 3, 4, 7])), weight: Int32(number(0...5)),
      upperThreshold: upper, lowerThreshold: UInt32(number(0...Int(upper))),
      tunnelKind: UInt8(number(0...3)), tunnelPort: 6080, tunnelFlags: UInt16(number(0...3)))
    do throws(KernelError) {
      switch number(0...12) {
      case 0...2:
        try balancer.addService(service, settings)
        services.append(service)
      case 3: try balancer.editService(service, settings)
      case 4:
        try balancer.deleteService(service)
        services.removeAll { $0 == service }
      case 5...8: try balancer.addServer(server, to: service, new, HostNetwork())
      case 9: try balancer.editServer(server, of: service, new)
      case 10: try balancer.deleteServer(server, of: service)
      case 11: try balancer.setTimeouts(tcp: 30, tcpFin: UInt32(number(0...9)), udp: 10)
      default:
        if number(0...20) == 0 {
          balancer.flush()
          services = []
        }
      }
    } catch { verdicts["refusal", default: 0] += 1 }
  }

  private mutating func changeSetting() {
    let name = ByteString("\(pick(Settings.names))")
    try? balancer.settings.set(name, to: Int32(pick([0, 1, 2, 3, 500])))
    balancer.settings.kernel = number(0...3) == 0 ? .oldest : .newest
  }

  // MARK: - Packets and time

  private mutating func letTimePass() {
    let ticks = pick([1, 1, 10, 100, 1000, 6000, 30_000])
    if number(0...9) == 0 {
      now = Instant(ticks: now.ticks - min(now.ticks, UInt64(ticks)))
    } else {
      now = now.advanced(byTicks: UInt64(ticks))
    }
    while !balancer.advance(to: now, limit: pick([1, 50, .max])) {}
  }

  private mutating func takePacket() {
    let bytes: [UInt8]
    var mark = UInt32(pick([0, 0, 0, 1, 2]))
    var hook: Hook = pick([.localIn, .localIn, .forward, .localOut])
    if number(0...1) == 0, !services.isEmpty {
      let service = pick(services)
      (bytes, mark, hook) = (grammar.packet(to: service), service.mark, .localIn)
    } else {
      bytes = grammar.packet()
    }
    take(bytes, mark, hook)
  }

  private mutating func take(_ original: [UInt8], _ mark: UInt32, _ hook: Hook) {
    var bytes = original
    let checksum: ChecksumState = pick([.complete, .complete, .partial])
    var span = bytes.mutableSpan
    var packet = span.mutableBytes
    guard var header = try? PacketHeader(reading: packet.bytes) else { return }
    let verdict = balancer.handle(
      &packet, &header, mark: mark, at: hook, checksum: checksum, routes: SomeRoutes(), at: now)
    verdicts["\(verdict)".prefix { $0 != "(" }.description, default: 0] += 1
    switch verdict {
    case .toServer(let transmission):
      grammar.note(sent: bytes, for: original)
      if let wrapped = Self.wrap(bytes, transmission, header), wrapped[0] >> 4 == 4 {
        take(grammar.refusal(of: wrapped), 0, .localIn)
      }
    case .refuse(let fault):
      Self.answer(bytes, ErrorMessage(fault, header.family), header)
    case .report(let error, let tunnel):
      Self.answer(Array(bytes[tunnel.innerOffset..<header.length]), error, tunnel.inner)
    default: break
    }
  }

  private static func wrap(
    _ packet: [UInt8], _ transmission: Transmission, _ header: PacketHeader
  ) -> [UInt8]? {
    guard let path = transmission.tunnel else { return nil }
    let outer = OuterHeader(
      for: header, from: path.source, to: transmission.nextHop, transmission.family, path,
      identification: 1)
    var wrapped = [UInt8](repeating: 0, count: outer.length) + packet
    let end = wrapped.count
    var span = wrapped.mutableSpan
    var raw = span.mutableBytes
    return outer.write(before: outer.length, end: end, in: &raw) ? wrapped : nil
  }

  private static func answer(
    _ packet: [UInt8], _ error: ErrorMessage, _ header: PacketHeader
  ) {
    guard ErrorMessage.mayConcern(header, in: packet.span.bytes) else { return }
    var answer = [UInt8](repeating: 0, count: ErrorMessage.room(header.family))
    var span = answer.mutableSpan
    var raw = span.mutableBytes
    _ = error.write(
      about: header, in: packet.span.bytes, from: header.destination, identification: 1,
      into: &raw)
  }

  /// Ends everything: no rule is left, and all times are up.
  mutating func end() {
    balancer.flush()
    for _ in 0..<60 {
      now = now.advanced(byTicks: 6000 * 60)
      while !balancer.advance(to: now) {}
    }
  }
}
