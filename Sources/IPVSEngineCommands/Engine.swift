// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSBalancing
internal import IPVSDevices
internal import IPVSForwarding
internal import IPVSNetlinkServer
internal import IPVSServing
internal import IPVSSockets

/// The engine of this process: the only owner of the balancer, with what requests and packets reach it
/// through.
///
/// Its time is what its owner last set (`advance`).
final class Engine {
  var netlinkServer: NetlinkServer

  /// Where packets come from and go to, if anywhere.
  var director: TunDirector?

  /// Called with what goes wrong while the engine goes on.
  var report: (EngineFailure) -> Void = { _ in }

  private var losses = LossNote()
  private var notes = NotePauses()
  private var nextMaintenance = Instant(ticks: 0)

  /// The settings of which was said that they are missing.
  private var missing: [String] = []

  /// The time of requests and packets.
  private(set) var now = Instant(ticks: 0)

  /// The session of this process itself.
  private var own = NetlinkSession()

  /// Whether it knows of the machine that it runs on: its addresses, and its interfaces.
  private let isOfThisMachine: Bool

  /// When it last looked at the machine.
  private var look: Instant?

  /// The rules that the director follows.
  private var followed: UInt64?

  /// - Parameter isOfThisMachine: Otherwise it is a machine of its own, the same everywhere.
  init(_ basis: EngineCommand.Basis, isOfThisMachine: Bool) {
    let seed = basis.seed ?? (isOfThisMachine ? .random(in: 0...UInt64.max) : 0)
    netlinkServer = NetlinkServer(Balancer(settings: basis.settings, seed: seed))
    self.isOfThisMachine = isOfThisMachine
  }

  /// Moves time on.
  ///
  /// - Parameter limit: How many connections that are due may end meanwhile, at most.
  /// - Returns: Whether everything that was due until then has happened; otherwise call again.
  func advance(to instant: Instant, limit: Int = .max) -> Bool {
    now = max(now, instant)
    return netlinkServer.balancer.advance(to: now, limit: limit)
  }

  /// Passes on packets that wait.
  func passPackets(hasErrors: Bool) throws(TunDirectorError) {
    try director?.turn(&netlinkServer.balancer, at: now, hasErrors: hasErrors)
  }

  /// Lets the director set its routes again where other programs have changed them, and says so.
  ///
  /// - Parameter hasNews: Whether one of the director's descriptors is ready. Otherwise it is done once a
  ///   second.
  func maintainRoutes(hasNews: Bool) {
    guard hasNews || now >= nextMaintenance else { return }
    nextMaintenance = now.advanced(byTicks: Instant.ticksPerSecond)
    do throws(TunDirectorError) {
      let losses = try director?.maintain(netlinkServer.balancer, at: now) ?? []
      for loss in RoutingLoss.allCases where losses.contains(loss) {
        guard let device = director?.deviceName, notes.isDue(.routing(loss), at: now) else {
          continue
        }
        report(.routingLost(loss, device))
      }
      if !hasNews { tellMissingSettings() }
    } catch {
      if notes.isDue(.packets, at: now) { report(.packets(error)) }
    }
  }

  /// Says how many packets could not be sent, if it is time to; `isLast`: there is no other time.
  func tellLosses(isLast: Bool = false) {
    guard let lost = director?.counters.lost,
      let count = losses.due(lost, at: now, isLast: isLast)
    else { return }
    report(.packetsLost(count))
  }

  /// Tells the director of the rules where they are others than before. It is done before a change is
  /// acknowledged: the next packet may count on it.
  func followRules() throws(TunDirectorError) {
    // Rules to begin with come before the director does.
    guard director != nil, followed != netlinkServer.balancer.revision else { return }
    followed = netlinkServer.balancer.revision
    try director?.follow(netlinkServer.balancer, at: now)
    tellMissingSettings()
  }

  /// Says which settings under /proc/sys keep packets of services from being passed on, where they are
  /// others than before.
  private func tellMissingSettings() {
    let missing = director?.missingSettings ?? []
    guard missing != self.missing else { return }
    self.missing = missing
    for setting in missing where notes.isDue(.setting(setting), at: now) {
      report(.forwardingOff(setting))
    }
  }
}

extension Engine: RequestHandler {
  func begin() -> NetlinkSession { NetlinkSession() }

  func refusal() -> [UInt8] { NetlinkServer.refusalOfFullEngine() }

  func cannotAccept(errno: Int32) {
    if notes.isDue(.noDescriptors, at: now) { report(.clientsWait(errno: errno)) }
  }

  func answer(_ datagram: RawSpan, in session: inout NetlinkSession) {
    if isOfThisMachine, look != now {
      netlinkServer.hostInfo = HostNetwork.ofThisMachine()
      look = now
    }
    netlinkServer.answer(datagram, for: &session)
    followRulesOrReport()
  }

  func nextDatagram(in session: inout NetlinkSession) -> [UInt8]? {
    let datagram = netlinkServer.nextDatagram(&session)
    // It may have carried out requests that waited.
    followRulesOrReport()
    return datagram
  }

  private func followRulesOrReport() {
    do throws(TunDirectorError) { try followRules() } catch { report(.packets(error)) }
  }
}

/// The transport for clients in this process.
extension Engine: Transport {
  func send(_ datagram: RawSpan) -> Int32 {
    answer(datagram, in: &own)
    return 0
  }

  func receive() -> Received {
    nextDatagram(in: &own).map { .datagram($0) } ?? .failed(errno: ETIMEDOUT)
  }
}
