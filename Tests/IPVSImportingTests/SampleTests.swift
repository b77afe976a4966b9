// SPDX-License-Identifier: Apache-2.0

import Foundation
import IPVSGrammar
import IPVSText
import Testing

@testable import IPVSImporting

/// The samples of `Tests/Lab/importing`, whose rules are what the programs themselves made.
@Suite struct SampleTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Lab/importing/samples")

  private static let samples: [String] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".conf") }.map { String($0.dropLast(5)) }.sorted()
  }()

  private struct Files: ConfigurationFiles {
    func read(_ path: ByteString) throws(FileFault) -> ConfigurationFile {
      let url = SampleTests.folder.appending(path: path.description)
      guard let data = try? Data(contentsOf: url) else { throw .missing }
      return ConfigurationFile([UInt8](data), identity: path)
    }

    func names(inFolder path: ByteString) -> [ByteString] {
      let folder = SampleTests.folder.appending(path: path.description).path
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      return names.map { ByteString($0) }
    }
  }

  private static func lines(_ text: String) -> [String] {
    text.split(separator: "\n").map(String.init).sorted()
  }

  @Test("a configuration becomes the rules that its program makes", arguments: samples)
  func sample(_ name: String) throws {
    let formats: [Character: ImportFormat] = [
      "k": .keepalived, "l": .ldirectord, "y": .ipvsctl,
    ]
    let format = try #require(name.first.flatMap { formats[$0] })
    let conf = try Data(contentsOf: Self.folder.appending(path: "\(name).conf"))
    let expected = try String(
      contentsOf: Self.folder.appending(path: "\(name).rules"), encoding: .utf8)
    let imported = Imported([UInt8](conf), as: format, file: ByteString("\(name).conf")) {
      $0.files = Files()
    }
    #expect(Self.lines(imported.rules) == Self.lines(expected))
    #expect(ImportFormat(guessing: [UInt8](conf)) == format)
  }

  @Test("there are samples")
  func some() {
    for letter in ["k", "l", "y"] {
      #expect(Self.samples.contains { $0.hasPrefix(letter) })
    }
  }
}
