internal import Glibc
internal import IPVSAnswering
internal import IPVSBalancing
internal import IPVSServing
internal import IPVSSockets

/// The engine of this process, the one owner of all that it balances by, with the doors to it.
///
/// Time stands still in it until its owner moves it.
final class Engine {
  var answerer: Answerer

  /// What time it is for requests and packets.
  private(set) var now = Instant(ticks: 0)

  /// The conversation with this process itself.
  private var own = Conversation()

  /// Whether it knows of the machine that it runs on: its addresses, and its interfaces.
  private let isOfThisMachine: Bool

  /// When it last looked at the machine.
  private var look: Instant?

  /// - Parameter isOfThisMachine: Otherwise it is a machine of its own, the same everywhere.
  init(_ basis: EngineCommand.Basis, isOfThisMachine: Bool) {
    let seed = basis.seed ?? (isOfThisMachine ? .random(in: 0...UInt64.max) : 0)
    answerer = Answerer(Balancer(settings: basis.settings, seed: seed))
    self.isOfThisMachine = isOfThisMachine
  }

  /// Moves time on. What was due until then has happened.
  func advance(to instant: Instant) {
    now = max(now, instant)
  }
}

extension Engine: Answering {
  func begin() -> Conversation { Conversation() }

  func answer(_ datagram: RawSpan, in conversation: inout Conversation) {
    if isOfThisMachine, look != now {
      answerer.surroundings = PlainSurroundings.ofThisMachine()
      look = now
    }
    answerer.answer(datagram, for: &conversation)
  }

  func nextDatagram(in conversation: inout Conversation) -> [UInt8]? {
    answerer.nextDatagram(&conversation)
  }
}

/// The door for this process.
extension Engine: Wire {
  func send(_ datagram: RawSpan) -> Int32 {
    answer(datagram, in: &own)
    return 0
  }

  func receive() -> Received {
    nextDatagram(in: &own).map { .datagram($0) } ?? .failed(errno: ETIMEDOUT)
  }
}
