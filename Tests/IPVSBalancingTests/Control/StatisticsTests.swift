// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import TestSupport
import Testing

@testable import IPVSBalancing

@Suite struct StatisticsTests {
  /// What the kernel showed of one counter, and of its rate, at each look from the second on. The
  /// counter did not change after the third.
  private struct Trace {
    let counts: [UInt64]
    let rates: [UInt64]
    let path: WritableKeyPath<Counters, UInt64>
  }

  /// `Tests/Recordings/nat/stats.json`, `estimator_trace`.
  private static var traces: [Trace] {
    [
      Trace(counts: [240, 401], rates: [28, 41, 31, 23, 17], path: \.connections),
      Trace(counts: [241, 402], rates: [28, 41, 31, 23, 18], path: \.inboundPackets),
      Trace(counts: [1, 1], rates: [0, 0, 0, 0, 0], path: \.outboundPackets),
      Trace(counts: [9700, 16140], rates: [1146, 1664, 1248, 936, 702], path: \.inboundBytes),
      Trace(counts: [40, 40], rates: [4, 3, 2, 2, 1], path: \.outboundBytes),
    ]
  }

  /// How much of the first count the first look saw is not recorded: some number must explain all
  /// that follows.
  @Test func ratesMoveAsTheKernelsDid() {
    for trace in Self.traces {
      let explains = (0...trace.counts[0]).contains { first in
        var estimate = Estimate()
        var counters = Counters()
        counters[keyPath: trace.path] = first
        estimate.look(at: counters)
        return trace.rates.enumerated().allSatisfy { number, rate in
          let count = trace.counts[min(number, trace.counts.count - 1)]
          counters[keyPath: trace.path] = count
          estimate.look(at: counters)
          let report = estimate.report
          return report.totals[keyPath: trace.path] == count
            && report.rates[keyPath: trace.path] == rate
        }
      }
      #expect(explains, "\(trace.counts)")
    }
  }

  @Test func theFirstRateIsAnEighthOfWhatPassed() {
    var estimate = Estimate()
    var counters = Counters()
    counters.connections = 8000
    counters.inboundBytes = 8000
    estimate.look(at: counters)
    #expect(estimate.report.rates.connections == 1000)
    #expect(estimate.report.rates.inboundBytes == 1000)
    for _ in 0..<60 { estimate.look(at: counters) }
    #expect(estimate.report.rates == Counters())
  }

  @Test func zeroHidesWhatWasShownAndNothingElse() {
    var estimate = Estimate()
    var counters = Counters()
    counters.inboundPackets = 100
    estimate.look(at: counters)
    // Packets after the last look come to light with the next one.
    counters.inboundPackets = 130
    estimate.zero()
    #expect(estimate.report.totals == Counters() && estimate.report.rates == Counters())
    estimate.look(at: counters)
    #expect(estimate.report.totals.inboundPackets == 30)
  }

  @Test func nothingIsShownBeforeALook() throws {
    var balancer = try Balancer.with(1)
    let service = try balancer.recordIndex()
    let server = try balancer.index(Sample.server(1))
    balancer.counters.connections = 16
    balancer.serviceTraffic[service.value].connections = 16
    balancer.serverTraffic[server.value].connections = 16
    #expect(balancer.totals.totals.connections == 0)
    balancer.settings.runEstimation = 0
    balancer.refreshStatistics()
    #expect(balancer.totals.totals.connections == 0)
    balancer.settings.runEstimation = 1
    balancer.refreshStatistics()
    #expect(balancer.totals.totals.connections == 16 && balancer.totals.rates.connections == 2)
    #expect(balancer.allServices.map(\.statistics.totals.connections) == [16])
    #expect(balancer.servers().map(\.statistics.totals.connections) == [16])
  }

  @Test func zeroTakesOneServiceOrAll() throws {
    var balancer = try Balancer.with(1)
    let other = Sample.service(81)
    try balancer.addService(other, Sample.settings())
    balancer.counters.connections = 1
    for key in [Sample.service(), other] {
      let index = try balancer.recordIndex(key)
      balancer.serviceTraffic[index.value].connections = 1
    }
    let server = try balancer.index(Sample.server(1))
    balancer.serverTraffic[server.value].connections = 1
    balancer.refreshStatistics()
    try balancer.zero(Sample.service())
    #expect(balancer.allServices.map(\.statistics.totals.connections) == [0, 1])
    #expect(balancer.servers().map(\.statistics.totals.connections) == [0])
    #expect(balancer.totals.totals.connections == 1)
    try balancer.zero(nil)
    #expect(balancer.allServices.map(\.statistics.totals.connections) == [0, 0])
    #expect(balancer.totals.totals.connections == 0)
  }
}
