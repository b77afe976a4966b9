// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText

/// A line `keyword = value`.
struct LdirectordLine {
  let keyword: ByteString
  let value: ByteString
  let place: SourcePlace

  /// Nil where there is no keyword at its beginning. A keyword without a value is one without `=`.
  init?(_ text: ArraySlice<UInt8>, at place: SourcePlace) {
    keyword = ByteString(text.prefix { isName($0) })
    guard !keyword.isEmpty else { return nil }
    let rest = text.dropFirst(keyword.count).drop(while: isBlank)
    guard rest.isEmpty || rest.first == UInt8(ascii: "=") else { return nil }
    value = ByteString(rest.dropFirst().trimmed)
    self.place = place
  }
}

private struct LdirectordFile {
  var services: [LdirectordService] = []

  /// Those of services that have none of their own.
  var fallbacks: [AddressFamily: (ByteString, SourcePlace)] = [:]
}

extension Import {
  /// Reads a ldirectord.cf. What stops ldirectord is left out, and told.
  mutating func readLdirectord(
    _ bytes: [UInt8], _ settings: ImportSettings
  ) throws(ImportEnd) {
    var service: LdirectordService?
    var file = LdirectordFile()
    var number = 0
    for line in bytes.split(separator: newline, omittingEmptySubsequences: false) {
      number += 1
      let place = SourcePlace(settings.file, number)
      let text = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      let content = text.drop(while: isBlank)
      guard let first = content.first else {
        service?.isEnded = true
        continue
      }
      guard first != UInt8(ascii: "#") else { continue }
      let isIndented = content.startIndex > text.startIndex
      if isIndented, service != nil {
        let isEnough = text.first == tab || text.prefix(4).allSatisfy { $0 == blank }
        if !isEnough || service?.isEnded == true { tellIndentation(&service, place) }
        take(content.prefix { $0 != UInt8(ascii: "#") }, into: &service, place)
      } else {
        if let ended = service { file.services.append(ended) }
        service = beginService(content, place)
        if service == nil { takeGlobal(content, into: &file, place, isIndented: isIndented) }
      }
    }
    if let ended = service { file.services.append(ended) }
    for service in file.services { try add(service, file.fallbacks, settings) }
  }

  private mutating func tellIndentation(_ service: inout LdirectordService?, _ place: SourcePlace) {
    guard service?.isTold == false else { return }
    service?.isTold = true
    note(
      .warning, place,
      "ldirectord needs four blanks or a tab before a line of a service, and no blank line before it; as it is, "
        + "it does not start")
  }

  private mutating func take(
    _ content: ArraySlice<UInt8>, into service: inout LdirectordService?, _ place: SourcePlace
  ) {
    guard let line = LdirectordLine(content, at: place),
      let keyword = LdirectordKeyword.ofService[line.keyword]
    else {
      noteUnknown(content, place)
      return
    }
    switch keyword {
    case .setting(let read): service?.take(line, by: read, &self)
    case .note(let text): note(.note, place, text)
    case .routine:
      note(.ignored, place, "\(line.keyword) is not of the table", isRoutine: true)
    }
  }

  private mutating func takeGlobal(
    _ content: ArraySlice<UInt8>, into file: inout LdirectordFile, _ place: SourcePlace,
    isIndented: Bool
  ) {
    let families: [ByteString: AddressFamily] = ["fallback": .ipv4, "fallback6": .ipv6]
    if !isIndented, let line = LdirectordLine(content, at: place),
      let family = families[line.keyword]
    {
      file.fallbacks[family] = (line.value, place)
      noteFallback(place)
      return
    }
    guard !isIndented, let line = LdirectordLine(content, at: place),
      line.keyword != "virtual", line.keyword != "virtual6",
      let keyword = LdirectordKeyword.ofFile[line.keyword]
    else {
      // A service that is wrong was told.
      if isIndented || !content.starts(with: "virtual".utf8) { noteUnknown(content, place) }
      return
    }
    switch keyword {
    case .setting: noteQuiescent(line)
    case .note(let text): note(.note, place, text)
    case .routine:
      note(.ignored, place, "\(line.keyword) is not of the table", isRoutine: true)
    }
  }

  private mutating func noteUnknown(_ content: ArraySlice<UInt8>, _ place: SourcePlace) {
    note(
      .error, place,
      "ldirectord knows no such line, and does not start with it: \(ByteString(content.prefix(60))); left out"
    )
  }

  /// The service of a line `virtual=...`; nil where it is none, or is wrong, which is noted.
  private mutating func beginService(
    _ content: ArraySlice<UInt8>, _ place: SourcePlace
  ) -> LdirectordService? {
    guard let line = LdirectordLine(content, at: place),
      line.keyword == "virtual" || line.keyword == "virtual6"
    else { return nil }
    let family: AddressFamily = line.keyword == "virtual" ? .ipv4 : .ipv6
    let word = line.value.bytes.prefix { !isBlank($0) }
    let rest = line.value.bytes.dropFirst(word.count)[...].trimmed
    if !rest.isEmpty, rest.first != UInt8(ascii: "#") {
      note(.warning, place, "ldirectord takes no notice of \(ByteString(rest))")
    }
    if let mark = ByteString(word).number(in: 1...Int(UInt32.max)) {
      return LdirectordService(.mark(UInt32(mark)), family, at: place)
    }
    guard let (host, port) = LdirectordEndpoint.split(word), let port else {
      note(
        .error, place, "not an address and a port: \(line.value); the service is left out")
      return nil
    }
    if host.bytes.first == UInt8(ascii: "["), family == .ipv4 {
      note(
        .error, place, "an address of IPv6 is behind virtual6, not virtual; the service is left out"
      )
      return nil
    }
    return LdirectordService(.host(host, port: port), family, at: place)
  }
}
