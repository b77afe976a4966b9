// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSRules
import Testing

@testable import IPVSBalancing

@Suite struct StateNameTests {
  @Test("filters know the states that an engine prints, which are those of recorded kernels")
  func names() {
    func names<State: ConnectionState>(_ type: State.Type) -> [String] {
      State.allCases.map { "\($0.name)" }
    }
    #expect(ConnectionStateName.states(over: .tcp).map(\.rawValue) == names(TCPState.self))
    #expect(ConnectionStateName.states(over: .sctp).map(\.rawValue) == names(SCTPState.self))
  }
}
