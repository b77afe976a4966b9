internal import IPVSAddresses
public import IPVSBalancing
internal import IPVSDevices
public import IPVSText

/// The balancer's place in a real network: packets come in through a TUN device, and go out through it
/// as the balancer made them.
///
/// The system around routes to the device what is to be balanced, and routes on what comes from it. So
/// only direct routing, which is all about the next hop, takes another way out.
public struct TunDirector: ~Copyable {
  /// How many packets are passed on before others get their turn.
  private static let packetsPerTurn = 128

  private let device: TunDevice
  private let sender = DirectSender()
  private let errors: ICMPErrorListener

  /// While there are tunnels: of errors about them the system makes nothing.
  private var tunnelErrors = ICMPErrorListener(.ipv4, isWanted: false)

  /// While there are routers on the way to real servers: each packet of the machine takes a tenth longer
  /// to pass it.
  private var passing = ICMPErrorTap(besides: nil)
  private var policyRouting: PolicyRouting?
  private let diverts: Bool
  private var forwarder: Forwarder
  private let routes = SystemRoutes()

  /// For how long packets are led here that the rules do not ask for any more, in ticks: connections
  /// outlive their rules, by no longer than one without packets lives.
  private static let afterlife = 900 * Instant.ticksPerSecond

  /// What the rules ask for, and when those flows went that they do not ask for any more.
  private var asked: Set<InterceptedFlow> = []
  private var left: [InterceptedFlow: Instant] = [:]

  /// - Parameters:
  ///   - name: The device's name.
  ///   - diverts: Whether the routes that lead packets to the device are set here; otherwise somebody
  ///     else does that.
  public init(_ name: ByteString, diverts: Bool) throws(TunDirectorError) {
    if diverts {
      do throws(PolicyRoutingError) { try PolicyRouting.checkUnused() } catch {
        throw .policyRouting(error)
      }
    }
    let device = try Self.device(name)
    var policyRouting: PolicyRouting?
    if diverts { policyRouting = try Self.policyRouting(name) }
    self.device = device
    self.diverts = diverts
    forwarder = Forwarder(.router(returnsHops: diverts))
    // Somebody else's routes may lead errors, too, to the device.
    errors = ICMPErrorListener(.ipv6, isWanted: diverts)
    self.policyRouting = policyRouting
  }

  /// A director with a device that is there already, and to which somebody else leads packets.
  init(_ device: consuming TunDevice) {
    self.device = device
    diverts = false
    forwarder = Forwarder(.router(returnsHops: false))
    errors = ICMPErrorListener(.ipv6, isWanted: false)
  }

  private static func device(_ name: ByteString) throws(TunDirectorError) -> TunDevice {
    do throws(DeviceError) {
      let device = try TunDevice(name, mtu: Int32(TunDevice.largestPacket))
      try device.takeSegments(true)
      return device
    } catch { throw .device(error) }
  }

  private static func policyRouting(_ name: ByteString) throws(TunDirectorError) -> PolicyRouting {
    do throws(PolicyRoutingError) { return try PolicyRouting.prepared(through: name) } catch {
      throw .policyRouting(error)
    }
  }

  /// For poll(2): readable when packets wait, at the first one those that are to be balanced.
  public var descriptors: [Int32] {
    let all = [device.descriptor, errors.descriptor, tunnelErrors.descriptor] + passing.descriptors
    return all.filter { $0 >= 0 }
  }

  /// What the system must be told to pass packets of services on, and is not: settings under /proc/sys.
  /// Empty where somebody else sets the routes.
  public var missingSettings: [String] {
    guard diverts else { return [] }
    return ForwardingSettings.missing(for: Set(asked.map(\.address.family)))
  }

  /// What became of packets.
  public var counters: ForwardingCounters { forwarder.counters }

  /// Takes note of the rules as they now are: which addresses are virtual, which servers answer through
  /// the director, and whether packets may come in the size of many.
  public mutating func follow(
    _ balancer: borrowing Balancer, at now: Instant
  ) throws(TunDirectorError) {
    var interceptSet = InterceptSet(balancer)
    for flow in asked { left[flow] = now }
    asked = interceptSet.flows
    left = left.filter { flow, end in
      !asked.contains(flow) && now.ticks(since: end) <= Self.afterlife
    }
    for flow in left.keys { interceptSet.add(flow) }
    forwarder.interceptSet = interceptSet
    do throws(DeviceError) {
      try device.takeSegments(!forwarder.interceptSet.needSinglePackets)
    } catch { throw .device(error) }
    do throws(PolicyRoutingError) {
      try policyRouting?.lead(interceptSet.flows)
    } catch { throw .policyRouting(error) }
    let hasTunnels = diverts && forwarder.interceptSet.haveTunnels
    if hasTunnels != (tunnelErrors.descriptor >= 0) {
      tunnelErrors = ICMPErrorListener(.ipv4, isWanted: hasTunnels)
    }
    let isWanted = diverts && forwarder.interceptSet.needRouters(OnLinkPrefixes())
    if isWanted == passing.descriptors.isEmpty {
      passing = ICMPErrorTap(besides: isWanted ? device.name : nil)
    }
  }

  /// Passes on the packets that wait, up to a turn's number.
  ///
  /// - Parameter hasErrors: Whether something waits at another descriptor than the first.
  public mutating func turn(
    _ balancer: inout Balancer, at now: Instant, hasErrors: Bool
  ) throws(TunDirectorError) {
    routes.now = now
    if hasErrors {
      passErrors(&balancer, at: now)
      reportErrors(&balancer, at: now)
      translateErrors(&balancer, at: now)
    }
    do throws(DeviceError) {
      for _ in 0..<Self.packetsPerTurn {
        var offload = OffloadHeader()
        let length = try forwarder.receive(behind: Forwarder.frameRoom) {
          frame throws(DeviceError) in
          try device.read(&offload, into: frame)
        }
        guard let length else { return }
        routes.segmentLength = offload.segmentLength
        forwarder.pass(length, offload, &balancer, routes, at: now) {
          Self.send($0, $1, $2, device, sender)
        }
      }
    } catch { throw .device(error) }
  }

  private static func send(
    _ egress: Egress, _ offload: OffloadHeader, _ frame: UnsafeMutableRawBufferPointer,
    _ device: borrowing TunDevice, _ sender: borrowing DirectSender
  ) -> Bool {
    switch egress {
    case .routed: device.write(offload, frame)
    case .sent(let address): sender.send(Forwarder.packet(of: frame), to: address)
    }
  }

  /// Passes on errors for real servers. The system has taken them already, so that all others are done
  /// with.
  private mutating func passErrors(_ balancer: inout Balancer, at now: Instant) {
    routes.segmentLength = nil
    for _ in 0..<Self.packetsPerTurn {
      guard let length = forwarder.receive({ room in errors.read(into: room) }) else { return }
      forwarder.passCopy(length, &balancer, routes, at: now) {
        Self.send($0, $1, $2, device, sender)
      }
    }
  }

  /// Passes on what errors say about packets in tunnels.
  private mutating func reportErrors(_ balancer: inout Balancer, at now: Instant) {
    for _ in 0..<Self.packetsPerTurn {
      guard let length = forwarder.receive({ room in tunnelErrors.read(into: room) }) else {
        return
      }
      forwarder.passReport(length, &balancer, routes, at: now) {
        Self.send($0, $1, $2, device, sender)
      }
    }
  }

  /// Passes on errors about what was sent to real servers, made by routers on the way there. The system
  /// passes them on, too, and the client makes nothing of those.
  private mutating func translateErrors(_ balancer: inout Balancer, at now: Instant) {
    for descriptor in passing.descriptors {
      for _ in 0..<Self.packetsPerTurn {
        guard
          let length = forwarder.receive({ room in ICMPErrorTap.read(descriptor, into: room) })
        else { break }
        forwarder.passTranslation(length, &balancer, routes, at: now) {
          Self.send($0, $1, $2, device, sender)
        }
      }
    }
  }
}
