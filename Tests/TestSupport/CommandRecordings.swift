// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// Recordings of ipvsadm 1.31 on a real kernel: `Tests/Recordings/cli`.
public struct CommandRecordings: Decodable, Sendable {
  /// The files that the program found.
  public struct Environment: Decodable, Sendable {
    public let files: [String: String]
  }

  public struct Case: Decodable, Sendable {
    public let name: String
    public let tags: [String]
    public let steps: [Step]
  }

  public struct Step: Decodable, Sendable {
    public let argv: [String]
    public let stdin: String?
    public let stdout: String
    public let stderr: String

    /// Negative: the signal that killed it.
    public let exit: Int32

    public var firstError: String { String(stderr.prefix { $0 != "\n" }) }

    public var words: String { argv.dropFirst().joined(separator: " ") }
  }

  public let environment: Environment
  public let cases: [Case]

  /// The recording of Debian's program. Exceptions from it are named case by case in the tests that
  /// read it; the lab runs every file of the folder.
  public static func load() throws -> CommandRecordings {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Recordings/cli/ipvsadm-1.31.json")
    return try JSONDecoder().decode(CommandRecordings.self, from: Data(contentsOf: file))
  }

  /// The cases that need no special environment.
  public var ordinaryCases: [Case] { cases.filter { !$0.tags.contains("special") } }

  /// The output of the first step of a case with these words.
  public func output(of name: String, _ words: String) -> String? {
    cases.first { $0.name == name }?.steps.first { $0.words == words }?.stdout
  }
}
