// SPDX-License-Identifier: Apache-2.0

import Foundation
import IPVS
import IPVSEngine
import Testing

/// The README shows what the tests compile and run.
@Suite struct ReadmeTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: folder.appending(path: path), encoding: .utf8)
  }

  @Test("the examples in the README are those that are compiled here")
  func examples() throws {
    let readme = try Self.text("../../README.md")
    let blocks = readme.components(separatedBy: "```swift\n").dropFirst()
      .compactMap { $0.components(separatedBy: "```").first }
    #expect(blocks == [try Self.text("Example.swift"), try Self.text("EngineExample.swift")])
  }

  @Test("the rules of the examples are in the engine")
  func engine() throws {
    let engine = InProcessEngine()
    try tryRules(with: engine)
    var director = try Director(.transport(engine))
    let services = try director.ruleSet().services
    #expect(
      services.map(\.service.description) == [
        "TCP 202.103.106.5:80, scheduler wlc, persistent 360 s"
      ])
    #expect(
      services.first?.servers.map(\.description) == [
        "172.16.0.2:80, masquerading, weight 1", "172.16.0.3:8000, masquerading, weight 2",
      ])
    let plan = try #require(try balance(&director))
    #expect(plan.isEmpty)
    try retire(try #require(IPAddress("172.16.0.2")), from: &director) {}
    #expect(try director.ruleSet().services.first?.servers.count == 1)
    undo(Plan(from: RuleSet(), to: try director.ruleSet()), on: &director)
    #expect(try director.ruleSet().services.isEmpty)
    let now = engine.netlinkServer.balancer.now
    #expect(now == Instant(seconds: 3600))
  }

  @Test("the example that reads a file of rules gives them, or nothing for a faulty one")
  func file() {
    let text = "-A -t 202.103.106.5:80 -s wrr\n-a -t 202.103.106.5:80 -r 172.16.0.2:80 -m\n"
    #expect(rules(in: Array(text.utf8))?.services.map(\.servers.count) == [1])
    #expect(rules(in: Array((text + text).utf8)) == nil)
  }

  @Test("every target of make that the README shows is in the Makefile")
  func makeTargets() throws {
    let readme = try Self.text("../../README.md")
    let makefile = try Self.text("../../Makefile")
    let shown = Set(readme.matches(of: /\bmake ([a-z][a-z-]*)/).map { String($0.output.1) })
    #expect(shown.contains("test"))
    for target in shown { #expect(makefile.contains("\n\(target):"), "make \(target)") }
  }
}
