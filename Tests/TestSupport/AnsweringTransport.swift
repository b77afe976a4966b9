// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import IPVSSockets

/// A netlink peer that answers each datagram at once, with what a closure makes of it.
///
/// Look-ups of the family are answered with the bytes of a real controller.
public final class AnsweringTransport: Transport {
  private let answer: ([SentMessage]) -> [Received]
  private var due: ArraySlice<Received> = []

  public init(_ answer: @escaping ([SentMessage]) -> [Received]) {
    self.answer = answer
  }

  public func send(_ datagram: RawSpan) -> Int32 {
    let requests = SentMessage.all(in: datagram.withUnsafeBytes { Array($0) })
    guard requests.first?.type == Controller.type else {
      due += answer(requests)
      return 0
    }
    for case .datagram(let answers) in Controller.steps(answering: requests) {
      due.append(.datagram(ScriptedTransport.datagram(answers, to: requests)))
    }
    return 0
  }

  public func receive() -> Received {
    due.popFirst() ?? .failed(errno: ETIMEDOUT)
  }
}
