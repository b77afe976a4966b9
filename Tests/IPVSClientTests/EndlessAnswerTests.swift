// SPDX-License-Identifier: Apache-2.0

import IPVSNetlinkFormat
import IPVSRules
import IPVSSockets
import TestSupport
import Testing

@testable import IPVSClient

/// Answers without an end: they are given up before they take all memory.
@Suite struct EndlessAnswerTests {
  /// A limit that is reached soon.
  private static let limit = 10_000

  private func result<Value>(
    of answer: Answer, _ body: (inout Director) throws(DirectorError) -> Value
  ) -> Result<Value, DirectorError> {
    let transport = AnsweringTransport { requests in
      Array(repeating: .datagram(ScriptedTransport.datagram([answer], to: requests)), count: 1000)
    }
    return ask(transport) { director throws(DirectorError) in
      director.mostBytes = Self.limit
      return try body(&director)
    }
  }

  @Test("a table without an end")
  func table() {
    let found = result(of: .entry(Sample.daemons[0])) { director throws(DirectorError) in
      try director.daemons()
    }
    #expect(found == .failure(.tableUnreadable(attempts: 5, last: .socket(.malformed))))
  }

  @Test("a change whose answer never comes")
  func change() {
    let found = result(of: .reply(Sample.timeouts)) { director throws(DirectorError) in
      try director.apply([Sample.change(80)])
    }
    #expect(found == .failure(.socket(.malformed)))
  }

  @Test("a request that is never answered, and often interrupted")
  func interruptedRequest() {
    let interruption = Answer.entry(Sample.daemons[0], flags: Answer.interrupted)
    let found = result(of: interruption) { director throws(DirectorError) in
      try director.daemons()
    }
    #expect(found == .failure(.tableUnreadable(attempts: 5, last: .socket(.malformed))))
  }
}
