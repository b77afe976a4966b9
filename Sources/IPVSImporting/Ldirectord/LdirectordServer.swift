// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSNames
import IPVSRules
import IPVSText

/// The ends of services and servers as they are written.
enum LdirectordEndpoint {
  /// The host, with its brackets, and the port of a word; nil where there is no host.
  static func split(_ word: ArraySlice<UInt8>) -> (host: ByteString, port: ByteString?)? {
    let isBracketed = word.first == UInt8(ascii: "[")
    let end =
      isBracketed
      ? word.firstIndex(of: UInt8(ascii: "]")).map { $0 + 1 } ?? word.endIndex
      : word.firstIndex(of: UInt8(ascii: ":")) ?? word.endIndex
    let host = ByteString(word[..<end])
    guard !host.isEmpty else { return nil }
    guard end < word.endIndex else { return (host, nil) }
    let port = ByteString(word[(end + 1)...])
    guard word[end] == UInt8(ascii: ":"), !port.isEmpty else { return nil }
    return (host, port)
  }

  /// The address of a host.
  ///
  /// - Returns: Nil where there is none, which is noted.
  static func address(
    _ host: ByteString, _ family: AddressFamily, at place: SourcePlace,
    _ settings: ImportSettings, _ result: inout Import
  ) -> IPAddress? {
    let plain =
      host.bytes.first == UInt8(ascii: "[")
      ? ByteString(host.bytes.dropFirst().prefix { $0 != UInt8(ascii: "]") }) : host
    if let address = numericAddress(plain) {
      if address.family == family { return address }
      result.note(.error, place, "\(address) is not an address of \(family); left out")
      return nil
    }
    guard settings.resolvesHosts else {
      result.note(
        .error, place,
        "\(host) is not an address in numbers, and names are looked up with --resolve only; left out"
      )
      return nil
    }
    guard let found = settings.names.addresses(ofHost: plain).first(where: { $0.family == family })
    else {
      result.note(.error, place, "host \(host) has no address of \(family); left out")
      return nil
    }
    return found
  }
}

/// The value of `real=`.
struct LdirectordServer {
  let host: ByteString

  /// The end of a range.
  let lastHost: ByteString?
  let port: ByteString?
  let method: ForwardingMethod
  var weight = Weight.one
  var lowerThreshold: UInt32 = 0
  var upperThreshold: UInt32 = 0

  private static let methods: [ByteString: ForwardingMethod] = [
    "gate": .directRouting, "masq": .masquerading, "ipip": .tunneling,
  ]

  /// Nil where the value is wrong, which is noted.
  init?(_ value: ByteString, at place: SourcePlace, _ result: inout Import) {
    let word = value.bytes.prefix { !isBlank($0) }
    let (first, second) = Self.range(word)
    guard let (host, firstPort) = LdirectordEndpoint.split(first) else {
      result.note(.error, place, "not an address: \(value); the server is left out")
      return nil
    }
    var ends: (host: ByteString, port: ByteString?)?
    if let second {
      ends = LdirectordEndpoint.split(second)
      guard ends != nil, firstPort == nil else {
        result.note(.error, place, "not a range of addresses: \(value); the server is left out")
        return nil
      }
    }
    self.host = host
    lastHost = ends?.host
    port = ends?.port ?? firstPort
    var rest = value.bytes.dropFirst(word.count).drop(while: isBlank)
    let name = ByteString(rest.prefix(while: isName))
    guard let method = Self.methods[name] else {
      result.note(
        .error, place,
        "the method is gate, masq, or ipip, not \(ByteString(rest.prefix(20))); the server is left out"
      )
      return nil
    }
    self.method = method
    rest = rest.dropFirst(name.count)
    guard takeFlags(rest, at: place, &result) else { return nil }
  }

  /// The value of `fallback=`: by `gate` and to the port of the service, where nothing else is written.
  ///
  /// Nil where the value is wrong, which is noted.
  init?(
    fallback value: ByteString, of identity: ServiceIdentity, at place: SourcePlace,
    _ result: inout Import
  ) {
    let words = value.bytes.split(whereSeparator: isBlank)
    guard let first = words.first, words.count <= 2,
      let (host, port) = LdirectordEndpoint.split(first),
      let method = words.count == 1 ? .directRouting : Self.methods[ByteString(words[1])]
    else {
      result.note(.error, place, "not a fallback: \(value); the line is left out")
      return nil
    }
    self.host = host
    lastHost = nil
    self.method = method
    self.port =
      if port == nil, case .endpoint(_, let virtual) = identity {
        ByteString("\(virtual.port)")
      } else {
        port
      }
  }

  /// `A->B:P` in its two parts.
  private static func range(_ word: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, ArraySlice<UInt8>?) {
    for index in word.indices.dropLast()
    where word[index] == UInt8(ascii: "-") && word[index + 1] == UInt8(ascii: ">") {
      return (word[..<index], word[(index + 2)...])
    }
    return (word, nil)
  }

  /// Reads the words behind the method as ldirectord does: each is looked for anywhere, and what is before
  /// it is lost.
  private mutating func takeFlags(
    _ flags: ArraySlice<UInt8>, at place: SourcePlace, _ result: inout Import
  ) -> Bool {
    var rest = flags
    var lost: [ArraySlice<UInt8>] = []
    func number(behind prefix: String) -> Int? {
      guard let (range, digits) = Self.find(prefix, in: rest) else { return nil }
      lost.append(rest[..<range.lowerBound])
      rest = rest[range.upperBound...]
      return ByteString(digits).number(in: 0...Int(Int32.max))
    }
    if let number = number(behind: ""), let weight = Weight(number) { self.weight = weight }
    if let end = Self.endOfTexts(rest) { rest = rest[end...] }
    lowerThreshold = UInt32(number(behind: "l:") ?? 0)
    upperThreshold = UInt32(number(behind: "u:") ?? 0)
    guard rest.allSatisfy(isBlank) else {
      result.note(
        .error, place,
        "ldirectord knows no \(ByteString(rest.trimmed.prefix(40))) here; the server is left out")
      return false
    }
    let words = lost.map { ByteString($0.trimmed) }.filter { !$0.isEmpty && $0 != "-w" }
    if !words.isEmpty {
      result.note(.warning, place, "ldirectord takes no notice of \(words.text) here")
    }
    return true
  }

  /// The first number behind blanks and a prefix.
  private static func find(
    _ prefix: String, in text: ArraySlice<UInt8>
  ) -> (Range<Int>, ArraySlice<UInt8>)? {
    var index = text.startIndex
    while index < text.endIndex {
      guard isBlank(text[index]) else {
        index += 1
        continue
      }
      let start = text[index...].drop(while: isBlank)
      let digits = start.dropFirst(prefix.utf8.count).prefix(while: isDigit)
      if start.starts(with: prefix.utf8), !digits.isEmpty {
        return (index..<digits.endIndex, digits)
      }
      index = max(start.startIndex, index + 1)
    }
    return nil
  }

  /// The place behind `"request", "answer"`; nil where they are not there.
  private static func endOfTexts(_ text: ArraySlice<UInt8>) -> Int? {
    let quote = UInt8(ascii: "\"")
    guard text.filter({ $0 == quote }).count >= 4 else { return nil }
    return text.lastIndex(of: quote).map { $0 + 1 }
  }
}
