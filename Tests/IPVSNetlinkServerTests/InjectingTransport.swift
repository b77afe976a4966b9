// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSSockets
import TestSupport

/// The way from a client to an engine in this process, on which requests are refused or lost, and on which
/// others change the table.
final class InjectingTransport: Transport {
  /// What happens to the change with a number, counted from 1.
  enum Fault {
    /// It does not arrive, and is answered with an error.
    case refused

    /// It arrives, and from then on no answer does.
    case unanswered
  }

  /// The commands of the IPVS family that change something.
  private static let changes: Set<UInt8> = [1, 2, 3, 5, 6, 7, 9, 10, 12, 16, 17]

  private static let listServers: UInt8 = 8

  private let talk: Talk
  private let faults: [Int: Fault]
  private var injected: [[UInt8]] = []
  private var isSilent = false

  /// Whether the engine is asked how often its rules changed; if not, it answers EOPNOTSUPP, as one that
  /// does not count.
  private let counts: Bool

  /// How many changes were sent.
  private(set) var changeCount = 0

  /// How many times the servers of a service were asked for.
  private(set) var serverDumpCount = 0

  /// Called before each datagram.
  var beforeDatagram: () -> Void = {}

  init(_ talk: Talk, _ faults: [Int: Fault] = [:], counts: Bool = true) {
    self.talk = talk
    self.faults = faults
    self.counts = counts
  }

  func send(_ datagram: RawSpan) -> Int32 {
    beforeDatagram()
    let messages = SentMessage.all(in: datagram.withUnsafeBytes { Array($0) })
    var passed: [UInt8] = []
    for (index, message) in messages.enumerated() {
      let isChange =
        message.type == RequestBytes.ipvs && message.command.map(Self.changes.contains) ?? false
      if isChange { changeCount += 1 }
      if message.type == RequestBytes.ipvs, message.command == Self.listServers {
        serverDumpCount += 1
      }
      if message.type == Controller.engineType, !counts {
        injected.append(ScriptedTransport.datagram([.refused(EOPNOTSUPP, index)], to: messages))
        continue
      }
      switch isChange ? faults[changeCount] : nil {
      case .refused:
        injected.append(ScriptedTransport.datagram([.refused(EIO, index)], to: messages))
        continue
      case .unanswered: isSilent = true
      case nil: break
      }
      passed += message.bytes
      passed += [UInt8](repeating: 0, count: -message.bytes.count & 3)
    }
    if !passed.isEmpty { talk.send(passed) }
    return 0
  }

  func receive() -> Received {
    if let first = injected.first {
      injected.removeFirst()
      return .datagram(first)
    }
    guard let answer = talk.next() else { return .failed(errno: ETIMEDOUT) }
    guard isSilent else { return .datagram(answer) }
    // Only this exchange is lost: the client asks again.
    while talk.next() != nil {}
    isSilent = false
    return .failed(errno: ETIMEDOUT)
  }
}
