import Foundation

/// What a program did on the command line, as recorded (Tests/Recordings/cli).
struct Recordings: Decodable {
  struct Case: Decodable {
    let name: String
    let tags: [String]
    let steps: [Step]
  }

  struct Step: Decodable {
    let argv: [String]
    let stdin: String?
    let stdout: String
    let stderr: String
    let exit: Int32

    var firstError: String {
      String(stderr.prefix { $0 != "\n" })
    }
  }

  let cases: [Case]

  /// All recordings that need no special surroundings.
  static func all() throws -> [Case] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Recordings/cli")
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    return try files.filter { $0.pathExtension == "json" }.flatMap {
      try JSONDecoder().decode(Recordings.self, from: Data(contentsOf: $0)).cases
    }.filter { !$0.tags.contains("special") }
  }
}
