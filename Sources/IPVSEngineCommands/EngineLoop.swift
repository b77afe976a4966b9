internal import Glibc
internal import IPVSBalancing
internal import IPVSForwarding
internal import IPVSNetlinkFormat
internal import IPVSNetlinkServer
internal import IPVSServing

/// The one loop of a serving engine: all its doors get their turns here, one after the other.
struct EngineLoop: ~Copyable {
  /// How long a turn may wait for something to happen, in milliseconds. Timers need no more: whatever
  /// asks the engine brings it up to the present first.
  private static let longestWait: Int32 = 1000

  private let engine: Engine
  private var server: RequestServer<NetlinkSession>
  private let signals: Signals
  private let child: ChildProcess?
  private let clock: MonotonicClock
  private var set = PollSet()

  /// - Parameter child: The command with whose end the loop ends; nil: it ends with a signal.
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
      if packets.contains(where: { set.isReady(at: $0) }) {
        do throws(TunDirectorError) {
          try engine.passPackets(
            hasErrors: packets.dropFirst().contains(where: { set.isReady(at: $0) }))
        } catch { throw .packets(error) }
      }
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
        // What a key at a terminal sends, the command has got by itself.
        child.send(signal.number)
      }
    }
    return nil
  }
}
