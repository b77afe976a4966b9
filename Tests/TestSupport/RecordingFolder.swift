// SPDX-License-Identifier: Apache-2.0

internal import Foundation

/// The recordings of one kind: every JSON file of a folder in `Tests/Recordings`.
public enum RecordingFolder {
  /// Reads all files of a folder, in the order of their names. The recordings are part of the tests:
  /// without them there is nothing to run.
  public static func load<Content: Decodable>(
    _ folder: String, as: Content.Type
  ) -> [(name: String, content: Content)] {
    let directory = URL(filePath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Recordings/\(folder)")
    do {
      let files = try FileManager.default.contentsOfDirectory(
        at: directory, includingPropertiesForKeys: nil
      ).filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }
      precondition(!files.isEmpty, "\(directory.path) holds no recording")
      return try files.map {
        let content = try JSONDecoder().decode(Content.self, from: Data(contentsOf: $0))
        return ($0.deletingPathExtension().lastPathComponent, content)
      }
    } catch {
      preconditionFailure("\(directory.path): \(error)")
    }
  }
}
