// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSBalancing
internal import IPVSForwarding
internal import IPVSNetlinkServer
internal import IPVSProtocol
internal import IPVSServing
internal import IPVSSystem

/// The event loop of a serving engine: signals, packets, and requests, one after the other.
struct EngineLoop: ~Copyable {
  /// The longest wait for an event, in milliseconds. Timers need no shorter one: the engine is brought
  /// up to the present before each event is handled.
  private static let longestWait: Int32 = 1000

  private let engine: Engine
  private var server: RequestServer<NetlinkSession>
  private let signals: Signals
  private let child: ChildProcess?
  private let clock: MonotonicClock
  private var set = PollSet()

  /// - Parameter child: The loop ends with this command; without one it ends with a signal.
  init(
    _ engine: Engine, _ listener: consuming Listener, _ signals: consuming Signals,
    _ clock: MonotonicClock, child: ChildProcess? = nil
  ) {
    self.engine = engine
    server = RequestServer(listener, mostClients: EngineFamily.mostClients)
    self.signals = signals
    self.clock = clock
    self.child = child
  }

  /// Serves until the end, and returns the exit status.
  mutating func run() throws(EngineFailure) -> Int32 {
    var isUpToDate = true
    defer { engine.tellLosses(isLast: true) }
    while true {
      do throws(ListenerError) {
        try server.keepSocket(at: clock.milliseconds)
      } catch { throw .listener(error) }
      set.removeAll()
      set.add(signals.descriptor)
      let first = set.count
      for descriptor in engine.director?.descriptors ?? [] { set.add(descriptor) }
      let packets = first..<set.count
      server.watch(into: &set, at: clock.milliseconds)
      set.wait(isUpToDate ? Self.longestWait : 0)
      isUpToDate = engine.advance(to: clock.instant, limit: Balancer.endingsAtOnce)
      if let status = takeSignals() { return status }
      let hasNews = packets.dropFirst().contains { set.isReady(at: $0) }
      if packets.contains(where: { set.isReady(at: $0) }) {
        do throws(TunDirectorError) {
          try engine.passPackets(hasErrors: hasNews)
        } catch { throw .packets(error) }
      }
      engine.maintainRoutes(hasNews: hasNews)
      engine.tellLosses()
      server.handleEvents(set, at: clock.milliseconds, engine)
    }
  }

  /// The exit status, if a signal ends the loop.
  private func takeSignals() -> Int32? {
    while let signal = signals.next() {
      guard let child else { return EXIT_SUCCESS }
      if signal.number == SIGCHLD {
        if let status = child.ended() { return status }
      } else if !signal.isFromKernel {
        // The command gets by itself what a key at a terminal sends.
        child.send(signal.number)
      }
    }
    return nil
  }
}
