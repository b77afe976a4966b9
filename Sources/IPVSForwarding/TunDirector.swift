// SPDX-License-Identifier: Apache-2.0

public import IPVSBalancing
public import IPVSDevices
public import IPVSText

/// The balancer in a real network: packets are received from a TUN device, and are sent through it as the
/// balancer made them.
///
/// The system routes to the device what is to be balanced, and routes on what is sent there. Only direct
/// routing and tunnels, which are all about the next hop, bypass it.
public struct TunDirector: ~Copyable {
  /// How many packets are forwarded before others get their turn.
  private static let packetsPerTurn = 128

  private var port: TunPort
  private var forwarder: Forwarder
  private var interception: Interception
  private var taps: ICMPErrorTaps
  private let routes = SystemRoutes()

  /// - Parameters:
  ///   - name: The device's name.
  ///   - diverts: Whether the routes that lead packets to the device are set here; otherwise someone
  ///     else does that.
  /// - Throws: `TunDirectorError` if the device or the routes cannot be had.
  public init(_ name: ByteString, diverts: Bool) throws(TunDirectorError) {
    if diverts {
      do throws(PolicyRoutingError) { try Interception.checkUnused() } catch {
        throw .policyRouting(error)
      }
    }
    let port = try Self.port(name, restoresTimeToLive: diverts)
    self.init(port, diverts ? try Self.interception(name) : Interception())
  }

  init(_ port: consuming TunPort, _ interception: consuming Interception = Interception()) {
    forwarder = Forwarder(port.capabilities)
    taps = ICMPErrorTaps(isEnabled: interception.setsRoutes)
    self.port = port
    self.interception = interception
  }

  private static func port(
    _ name: ByteString, restoresTimeToLive: Bool
  ) throws(TunDirectorError) -> TunPort {
    do throws(DeviceError) {
      return try TunPort(name, restoresTimeToLive: restoresTimeToLive)
    } catch { throw .device(error) }
  }

  private static func interception(_ name: ByteString) throws(TunDirectorError) -> Interception {
    do throws(PolicyRoutingError) { return try Interception(through: name) } catch {
      throw .policyRouting(error)
    }
  }

  /// For poll(2): readable when packets wait, at the first one those that are to be balanced.
  public var descriptors: [Int32] {
    port.descriptors + taps.descriptors + (interception.descriptor.map { [$0] } ?? [])
  }

  /// The present name of the device.
  public var deviceName: ByteString { interception.device ?? port.name }

  /// The settings under /proc/sys that must be on for the system to pass on packets of services, and are
  /// off. Empty where someone else sets the routes.
  public var missingSettings: [String] { interception.missingSettings }

  /// What was done with packets.
  public var counters: ForwardingCounters { forwarder.counters }

  /// Takes note of the rules as they now are: which addresses are virtual, which servers answer through
  /// the director, and whether packets may carry several segments.
  ///
  /// - Throws: `TunDirectorError` if the device or the routes cannot follow.
  public mutating func follow(
    _ balancer: borrowing Balancer, at now: Instant
  ) throws(TunDirectorError) {
    let interceptSet = interception.note(InterceptSet(balancer), at: now)
    forwarder.interceptSet = interceptSet
    do throws(DeviceError) {
      try port.acceptSegments(!interceptSet.needSinglePackets)
    } catch { throw .device(error) }
    defer { forwarder.interceptSet.localAddresses = interception.localAddresses }
    do throws(PolicyRoutingError) {
      try interception.lead(interceptSet.flows)
    } catch { throw .policyRouting(error) }
    taps.follow(interceptSet, device: port.name)
  }

  /// Sets again what other programs have changed of the routes, and follows addresses that have become
  /// local or ceased to be so, and the end of connections. To be called each second, and when a
  /// descriptor is readable.
  ///
  /// - Returns: What was lost of the routes.
  /// - Throws: `TunDirectorError` if that cannot be set again; the next call tries again.
  public mutating func maintain(
    _ balancer: borrowing Balancer, at now: Instant
  ) throws(TunDirectorError) -> Set<RoutingLoss> {
    let losses: Set<RoutingLoss>
    let isOutdated: Bool
    do throws(PolicyRoutingError) {
      (losses, isOutdated) = try interception.maintain(balancer, at: now)
    } catch { throw .policyRouting(error) }
    if isOutdated { try follow(balancer, at: now) }
    return losses
  }

  /// Forwards the packets that wait, up to a turn's number.
  ///
  /// - Parameter hasErrors: Whether something waits at another descriptor than the first.
  /// - Throws: `TunDirectorError` if the device is gone.
  public mutating func turn(
    _ balancer: inout Balancer, at now: Instant, hasErrors: Bool
  ) throws(TunDirectorError) {
    routes.now = now
    if hasErrors { passErrors(&balancer, at: now) }
    do throws(DeviceError) {
      try forwarder.turn(Self.packetsPerTurn, &balancer, routes, at: now, &port)
    } catch { throw .device(error) }
  }

  private mutating func passErrors(_ balancer: inout Balancer, at now: Instant) {
    for source in taps.sources {
      for _ in 0..<Self.packetsPerTurn {
        guard let frame = taps.receive(source) else { break }
        forwarder.pass(source.kind, frame, &balancer, routes, at: now, &port)
      }
    }
  }
}

/// Why packets cannot be forwarded through a TUN device.
public enum TunDirectorError: Error, Hashable, Sendable {
  case device(DeviceError)
  case policyRouting(PolicyRoutingError)
}
