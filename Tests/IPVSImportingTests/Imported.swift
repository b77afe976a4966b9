// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSGrammar
import IPVSListing
import IPVSNames
import IPVSRules
import IPVSText
import Testing

@testable import IPVSImporting

/// Files by their paths. A path that ends with a slash is a folder.
struct MemoryFiles: ConfigurationFiles {
  var files: [String: String] = [:]

  func read(_ path: ByteString) throws(FileFault) -> ConfigurationFile {
    let path = path.description
    guard let text = files[path] else { throw files["\(path)/"] == nil ? .missing : .unfit }
    // A text that names another path is a link to it.
    if text.hasPrefix("->"), let target = files[String(text.dropFirst(2))] {
      return ConfigurationFile(Array(target.utf8), identity: ByteString(String(text.dropFirst(2))))
    }
    return ConfigurationFile(Array(text.utf8), identity: ByteString(path))
  }

  func names(inFolder path: ByteString) -> [ByteString] {
    let folder = path.isEmpty ? "" : path.description.hasSuffix("/") ? "\(path)" : "\(path)/"
    let names = files.keys.filter { $0.hasPrefix(folder) && $0 != folder }.map {
      String($0.dropFirst(folder.count).prefix { $0 != "/" })
    }
    return Set(names).map { ByteString($0) }
  }
}

/// One host of each family, and two ports.
final class FewNames: NameService {
  func addresses(ofHost name: ByteString) -> [IPAddress] {
    name == "web.example.org"
      ? [.v4(IPv4Address(0xc000_0201)), .v6(IPv6Address(0xfd00 << 112 | 1))] : []
  }

  func port(ofService name: ByteString, over transport: TransportProtocol) -> UInt16? {
    ["domain": 53, "http": 80][name]
  }

  func host(at address: IPAddress) -> ByteString? { nil }
  func service(at port: UInt16, over transport: TransportProtocol) -> ByteString? { nil }
}

/// What becomes of a text: lines of rules, and lines of messages.
struct Imported {
  let result: Import

  init(
    _ text: String, as format: ImportFormat = .keepalived, files: [String: String] = [:],
    file: ByteString = "conf", change: (inout ImportSettings) -> Void = { _ in }
  ) {
    self.init(Array(text.utf8), as: format, files: files, file: file, change: change)
  }

  init(
    _ bytes: [UInt8], as format: ImportFormat = .keepalived, files: [String: String] = [:],
    file: ByteString = "conf", change: (inout ImportSettings) -> Void = { _ in }
  ) {
    var settings = ImportSettings(
      file: file, configID: "east", names: FewNames(), files: MemoryFiles(files: files))
    settings.identity = file
    change(&settings)
    result = Import(bytes, as: format, settings)
  }

  /// The rules as `--import` prints them.
  var rules: String {
    let listing = SaveListing(isFull: true)
    var text = TextBuffer()
    if let timeouts = result.rules.timeouts { listing.append(timeouts, to: &text) }
    for listed in result.rules.services {
      listing.append(listed.service, by: "-A", to: &text)
      for server in listed.servers {
        listing.append(server, of: listed.service.identity, by: "-a", to: &text)
      }
    }
    for daemon in result.rules.daemons ?? [] { listing.append(daemon, to: &text) }
    return String(decoding: text.bytes, as: UTF8.self)
  }

  /// `LINE class`, without those that each configuration has.
  var notes: [String] {
    result.notes.filter { !$0.isRoutine }.map { "\($0.place?.line ?? 0) \($0.severity)" }
  }

  var texts: [String] { result.notes.map(\.text) }
}

/// Lines of a configuration, the rules that they become, and the notes with them.
struct ImportCase: CustomTestStringConvertible, Sendable {
  let lines: String
  let rules: String
  let notes: [String]

  init(_ lines: String, _ rules: String, _ notes: String...) {
    self.lines = lines
    self.rules = rules
    self.notes = notes
  }

  var testDescription: String { lines }
}
