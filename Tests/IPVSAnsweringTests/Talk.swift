import IPVSAddresses
import IPVSBalancing
import IPVSText
import TestSupport
import Testing

@testable import IPVSAnswering

/// An answerer and its clients, in one process.
final class Talk {
  private var answerer: Answerer
  private var conversation: Conversation

  /// The surroundings of the recorded kernel: what is in no message, but decides some of them.
  static let recorded: PlainSurroundings = {
    let network = PlainSurroundings.Network(IPv4Address(0x0a09_0001), prefixLength: 16)
    return PlainSurroundings(
      networks: network.map { [$0] } ?? [], interfaces: ["lo": 65536, "d0": 1500])
  }()

  init(
    in surroundings: PlainSurroundings = Talk.recorded, countsAsOlderKernels: Bool = true,
    isAdministrator: Bool = true
  ) {
    var settings = Settings()
    settings.countsAsOlderKernels = countsAsOlderKernels
    answerer = Answerer(Balancer(settings: settings, seed: 1), in: surroundings)
    conversation = Conversation(isAdministrator: isAdministrator)
  }

  /// Calls `body` with the balancer that answers.
  func withBalancer<Result>(_ body: (inout Balancer) throws -> Result) rethrows -> Result {
    try body(&answerer.balancer)
  }

  /// Sends a datagram, and takes every datagram that comes back, whole messages all.
  @discardableResult
  func ask(_ datagram: [UInt8]) -> [[UInt8]] {
    send(datagram)
    var answers: [[UInt8]] = []
    while let answer = next() { answers.append(answer) }
    return answers
  }

  func send(_ datagram: [UInt8]) {
    answerer.answer(datagram.span.bytes, for: &conversation)
  }

  func next() -> [UInt8]? { answerer.nextDatagram(&conversation) }

  /// What is kept of a client other than the one that the talk is with.
  final class Client {
    fileprivate var conversation: Conversation

    init(isAdministrator: Bool = true) {
      conversation = Conversation(isAdministrator: isAdministrator)
    }
  }

  /// Does the same as another client.
  @discardableResult
  func ask(_ datagram: [UInt8], as client: Client) -> [[UInt8]] {
    swap(&conversation, &client.conversation)
    defer { swap(&conversation, &client.conversation) }
    return ask(datagram)
  }
}
