// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
package import IPVSGrammar
package import IPVSNames
package import IPVSRules
package import IPVSText

extension ImportFormat {
  /// The format that a text looks like; nil where it looks like none.
  ///
  /// Each program has words at the beginning of a line that no other has.
  package init?(guessing bytes: [UInt8]) {
    let marks: [(StaticString, ImportFormat)] = [
      ("virtual_server", .keepalived), ("global_defs", .keepalived), ("vrrp_", .keepalived),
      ("include", .keepalived), ("virtual=", .ldirectord), ("virtual6=", .ldirectord),
      ("checktimeout=", .ldirectord), ("checkinterval=", .ldirectord), ("services:", .ipvsctl),
      ("defaults:", .ipvsctl),
    ]
    for line in bytes.split(separator: newline) {
      let text = ByteString(line.filter { $0 != blank && $0 != tab })
      if let mark = marks.first(where: { text.hasPrefix($0.0) }) {
        self = mark.1
        return
      }
    }
    return nil
  }
}

/// The files that a configuration includes.
package protocol ConfigurationFiles {
  /// Reads a file whole.
  ///
  /// - Throws: Why it cannot be read.
  func read(_ path: ByteString) throws(FileFault) -> ConfigurationFile

  /// The names in a folder, without `.` and `..`; none where it cannot be read.
  func names(inFolder path: ByteString) -> [ByteString]
}

/// A file that was read.
package struct ConfigurationFile: Sendable {
  package let bytes: [UInt8]

  /// What the file is, whatever its path: two paths of one file have the same.
  package let identity: ByteString

  package init(_ bytes: [UInt8], identity: ByteString) {
    self.bytes = bytes
    self.identity = identity
  }
}

/// Why an included file cannot be read.
package enum FileFault: Error, Hashable, Sendable {
  /// In the system's words.
  case system(String)
  case missing

  /// A folder, a device, or a program, which keepalived does not include.
  case unfit
}

/// What an import depends on beside its text.
package struct ImportSettings {
  /// The name of the file as typed; `-` is standard input.
  package var file: ByteString

  /// What the file is, whatever its path; empty where that is not known.
  package var identity: ByteString = ""

  /// What `@NAME` in keepalived.conf(5) is compared with.
  package var configID: ByteString

  /// The folder in which keepalived would run, for `${_PWD}`.
  package var folder: ByteString

  /// The values of `${NAME}` in the model of ipvsctl.
  package var parameters: [ByteString: ByteString]

  /// A variable of the environment, for `${env.NAME}`; nil where there is none, or none is to be had.
  package var environment: (ByteString) -> ByteString?

  /// Where names of ports are looked up, and with `resolvesHosts` those of hosts.
  package var names: any NameService

  /// Whether names of hosts are looked up.
  package var resolvesHosts: Bool

  package var files: any ConfigurationFiles

  package init(
    file: ByteString, configID: ByteString = "", folder: ByteString = "/",
    parameters: [ByteString: ByteString] = [:],
    environment: @escaping (ByteString) -> ByteString? = { _ in nil },
    names: any NameService, resolvesHosts: Bool = false, files: any ConfigurationFiles
  ) {
    self.file = file
    self.configID = configID
    self.folder = folder
    self.parameters = parameters
    self.environment = environment
    self.names = names
    self.resolvesHosts = resolvesHosts
    self.files = files
  }
}

/// The rules that were read from a configuration, and what is to be said of its lines.
package struct Import {
  /// The table as it is when every check of the program succeeds; in the order of the configuration.
  package internal(set) var rules = RuleSet()

  /// Where each service was found.
  package private(set) var origins: [ServiceIdentity: SourcePlace] = [:]

  /// In the order in which they were made, which is not always that of the lines.
  package private(set) var notes: [ImportNote] = []

  /// How many notes were left out because there were too many.
  package private(set) var notesLeftOut = 0

  /// The worst of the notes, those left out included.
  package private(set) var severity = ImportNote.Severity.ignored

  /// The most that is kept.
  static let mostNotes = 1000
  static let mostRules = 1_000_000

  /// The most addresses of a range, and of all groups.
  static let mostAddresses = 65_536

  /// A service that may get more servers.
  private struct Entry {
    let service: VirtualService
    var servers: [RealServer] = []
    var endpoints: Set<Endpoint> = []
  }

  private var entries: [Entry] = []
  private var indices: [ServiceIdentity: Int] = [:]
  private var ruleCount = 0

  /// Reads a configuration.
  ///
  /// - Parameters:
  ///   - bytes: The text of its first file.
  ///   - format: The program that it is for.
  ///   - settings: What it depends on beside its text.
  package init(_ bytes: [UInt8], as format: ImportFormat, _ settings: ImportSettings) {
    do throws(ImportEnd) {
      switch format {
      case .keepalived: try readKeepalived(bytes, settings)
      case .ldirectord: try readLdirectord(bytes, settings)
      case .ipvsctl: try readIpvsctl(bytes, settings)
      }
      for entry in entries { rules.set(RuleSet.Service(entry.service, servers: entry.servers)) }
    } catch {
      rules = RuleSet()
      origins = [:]
    }
  }

  mutating func note(
    _ severity: ImportNote.Severity, _ place: SourcePlace?, _ text: String,
    isRoutine: Bool = false
  ) {
    self.severity = max(self.severity, severity)
    guard notes.count < Self.mostNotes || severity == .fatal else {
      notesLeftOut += 1
      return
    }
    notes.append(ImportNote(severity, place, text, isRoutine: isRoutine))
  }

  /// Notes why nothing is imported.
  mutating func end(_ place: SourcePlace?, _ text: String) -> ImportEnd {
    note(.fatal, place, text)
    return ImportEnd()
  }

  /// Adds a service without servers.
  ///
  /// - Returns: False where there is one of the same identity already, which stays.
  mutating func add(
    _ service: VirtualService, at place: SourcePlace
  ) throws(ImportEnd) -> Bool {
    guard indices[service.identity] == nil else { return false }
    indices[service.identity] = entries.count
    entries.append(Entry(service: service))
    origins[service.identity] = place
    try count(place)
    return true
  }

  /// Adds a server to a service that is there.
  ///
  /// - Returns: False where it has a server at the same endpoint already, which stays.
  mutating func add(
    _ server: RealServer, to identity: ServiceIdentity, at place: SourcePlace
  ) throws(ImportEnd) -> Bool {
    guard let index = indices[identity],
      entries[index].endpoints.insert(server.endpoint).inserted
    else { return false }
    entries[index].servers.append(server)
    try count(place)
    return true
  }

  private mutating func count(_ place: SourcePlace) throws(ImportEnd) {
    ruleCount += 1
    guard ruleCount <= Self.mostRules else {
      throw end(place, "the configuration makes more than \(Self.mostRules) services and servers")
    }
  }
}

let newline = UInt8(ascii: "\n")
let blank = UInt8(ascii: " ")
let tab = UInt8(ascii: "\t")

func isBlank(_ byte: UInt8) -> Bool { byte == blank || byte == tab }

func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte | 0x20) }

/// An address in numbers as keepalived and the others take it: a dotted quad, or one of IPv6. What follows
/// a `/` does not count there.
func numericAddress(_ text: ByteString) -> IPAddress? {
  let plain = ByteString(text.bytes.prefix { $0 != slash })
  if let address = IPv6Address(plain) { return .v6(address) }
  guard let address = IPv4Address(plain), ByteString(address.description) == plain else {
    return nil
  }
  return .v4(address)
}

extension ArraySlice<UInt8> {
  /// Without blanks at both ends.
  var trimmed: ArraySlice<UInt8> {
    var rest = drop(while: isBlank)
    while let last = rest.last, isBlank(last) { rest = rest.dropLast() }
    return rest
  }
}

extension ByteString {
  /// The whole text as a decimal number; nil where it is none, or is not in `range`.
  func number(in range: ClosedRange<Int>) -> Int? {
    let digits = bytes.first == UInt8(ascii: "+") ? bytes.dropFirst() : bytes[...]
    guard !digits.isEmpty, digits.allSatisfy(isDigit) else { return nil }
    var value = 0
    for digit in digits {
      value = value * 10 + Int(digit - 0x30)
      guard value <= 1 << 40 else { return nil }
    }
    return range.contains(value) ? value : nil
  }
}
