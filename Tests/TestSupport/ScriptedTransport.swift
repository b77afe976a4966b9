// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import IPVSSockets

/// A netlink peer that plays a script, whatever it is asked.
///
/// Look-ups of the family are not part of the script: they are answered with the bytes of a real
/// controller. After the last step there is silence.
public final class ScriptedTransport: Transport {
  public enum Step: Sendable {
    /// One datagram of messages, each padded to four bytes but the last.
    case datagram([Answer])

    /// The same, as the answer to what was sent before the last time.
    case late([Answer])

    /// The first bytes of such a datagram.
    case cut([Answer], to: Int)

    case bytes([UInt8])
    case failed(errno: Int32)
  }

  /// How look-ups of the family are answered.
  public enum LookUp: Sendable {
    case recorded

    /// As `recorded`, and there is the family of an engine besides.
    case engine

    case script([Step])
  }

  private var script: ArraySlice<Step>
  private let lookUp: LookUp
  private var due: ArraySlice<Step> = []
  private var isLookingUp = false
  private var last: [SentMessage] = []

  /// The datagrams that were sent, but for look-ups.
  public private(set) var sent: [[SentMessage]] = []

  public private(set) var lookUps = 0

  /// What the next calls of `send` return, first to last; after that 0.
  public var rejections: ArraySlice<Int32> = []

  /// How many steps were not played.
  public var stepsLeft: Int { script.count }

  public init(_ script: [Step] = [], lookUp: LookUp = .recorded) {
    self.script = script[...]
    self.lookUp = lookUp
  }

  public func send(_ datagram: RawSpan) -> Int32 {
    if let rejection = rejections.popFirst(), rejection != 0 { return rejection }
    last = SentMessage.all(in: datagram.withUnsafeBytes { Array($0) })
    isLookingUp = last.first?.type == Controller.type
    guard isLookingUp else {
      sent.append(last)
      return 0
    }
    lookUps += 1
    switch lookUp {
    case .recorded: due = Controller.steps(answering: last)[...]
    case .engine: due = Controller.steps(answering: last, isEngine: true)[...]
    case .script(let steps): due = steps[...]
    }
    return 0
  }

  public func receive() -> Received {
    guard let step = isLookingUp ? due.popFirst() : script.popFirst() else {
      return .failed(errno: ETIMEDOUT)
    }
    switch step {
    case .datagram(let answers): return .datagram(Self.datagram(answers, to: last))
    case .late(let answers):
      return .datagram(Self.datagram(answers, to: sent.dropLast().last ?? []))
    case .cut(let answers, let length):
      return .datagram(Array(Self.datagram(answers, to: last).prefix(length)))
    case .bytes(let bytes): return .datagram(bytes)
    case .failed(let errno): return .failed(errno: errno)
    }
  }

  /// The bytes of one datagram that holds `answers`.
  public static func datagram(_ answers: [Answer], to requests: [SentMessage]) -> [UInt8] {
    var bytes: [UInt8] = []
    for answer in answers {
      while bytes.count % 4 != 0 { bytes.append(0) }
      bytes += answer.bytes(to: requests)
    }
    return bytes
  }
}
