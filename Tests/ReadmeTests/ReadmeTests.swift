import Foundation
import Testing

/// The README shows what the tests compile and run.
@Suite struct ReadmeTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: folder.appending(path: path), encoding: .utf8)
  }

  @Test("the example in the README is the one that is compiled here")
  func example() throws {
    let readme = try Self.text("../../README.md")
    let blocks = readme.components(separatedBy: "```swift\n").dropFirst()
      .compactMap { $0.components(separatedBy: "```").first }
    #expect(blocks == [try Self.text("Example.swift")])
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
