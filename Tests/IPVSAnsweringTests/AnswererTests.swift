import IPVSBalancing
import Testing

@testable import IPVSAnswering

@Suite struct AnswererTests {
  @Test func ownsItsBalancer() {
    let answerer = Answerer(Balancer(seed: 1))
    #expect(answerer.balancer.settings == Settings())
  }
}
