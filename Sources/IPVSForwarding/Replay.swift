internal import IPVSAddresses
public import IPVSBalancing
public import IPVSDevices

/// Sends captured packets through the balancer, at the time at which they were captured.
///
/// There is no machine around: every address is one hop away, over links of 1500 bytes, unless
/// a router says in an error about a tunnel that they take less.
public struct Replay: ~Copyable {
  private final class OneHopAway: Routes {
    private var pathMTUs = PathMTUs()
    var now = Instant(ticks: 0)

    func route(to address: UInt128, _ family: AddressFamily) -> Route? {
      var route = Route(source: 0)
      if family == .ipv4 { route.mtu = pathMTUs.narrowed(route.mtu, to: address, at: now) }
      return route
    }

    func learn(mtu: Int, to address: UInt128) -> Int? {
      guard let route = route(to: address, .ipv4) else { return nil }
      return pathMTUs.learn(mtu, to: address, current: route.mtu, at: now)
    }
  }

  private var reader: CaptureReader
  private var writer: CaptureWriter?
  private var forwarder = Forwarder(.wires)
  private let routes = OneHopAway()
  private var begin: UInt64?

  /// How many packets the capture holds a part of, which are not sent.
  public private(set) var cutOff: UInt64 = 0

  /// - Parameter writer: Gets what the director sends.
  public init(
    _ reader: consuming CaptureReader, to writer: consuming CaptureWriter?,
    _ balancer: borrowing Balancer
  ) {
    self.reader = reader
    self.writer = writer
    forwarder.interceptSet = InterceptSet(balancer)
  }

  /// What became of packets.
  public var counters: ForwardingCounters { forwarder.counters }

  /// How many frames were read, and how many of them held no IP packet.
  public var frames: (all: UInt64, others: UInt64) { (reader.frames, reader.others) }

  /// Sends the next packet. False: there is none left, and everything is written.
  public mutating func step(_ balancer: inout Balancer) throws(CaptureError) -> Bool {
    guard let packet = try reader.next() else {
      try writer?.finish()
      return false
    }
    guard packet.missing == 0, packet.bytes.count <= Forwarder.largestPacket else {
      cutOff += 1
      return true
    }
    let now = instant(of: packet.time, balancer.now)
    _ = balancer.advance(to: now)
    routes.now = now
    let length = forwarder.receive { (room) -> Int? in
      room.copyBytes(from: packet.bytes)
      return packet.bytes.count
    }
    guard let length else { return true }
    var sent: [[UInt8]] = []
    forwarder.pass(length, OffloadHeader(), &balancer, routes, at: now) { _, _, frame in
      sent.append(Array(Forwarder.packet(of: frame)))
      return true
    }
    for bytes in sent { try writer?.write(CapturedPacket(time: packet.time, bytes: bytes)) }
    return true
  }

  /// A capture's clock may jump back; the balancer's time stands still meanwhile.
  private mutating func instant(of time: UInt64, _ present: Instant) -> Instant {
    let begin = begin ?? time
    self.begin = begin
    let ticks = (time > begin ? time - begin : 0) / (1_000_000_000 / Instant.ticksPerSecond)
    return max(Instant(ticks: ticks), present)
  }
}
