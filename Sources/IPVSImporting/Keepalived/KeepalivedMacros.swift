// SPDX-License-Identifier: Apache-2.0

import IPVSText

/// The definitions of a keepalived.conf: `$NAME=text`, of one line or of several.
struct KeepalivedMacros {
  struct Macro {
    /// At least one. A macro of one line is one.
    var lines: [[UInt8]]

    /// Whether the definition goes on over several lines: such a macro is replaced only at the end of a
    /// line.
    var isMultiline = false

    /// Nil: it is always there.
    var definition: SourcePlace.Definition?
  }

  private var macros: [[UInt8]: Macro] = [:]

  subscript(name: some Collection<UInt8>) -> Macro? {
    get { macros[[UInt8](name)] }
    set { macros[[UInt8](name)] = newValue }
  }

  var isEmpty: Bool { macros.isEmpty }

  mutating func append(_ line: [UInt8], to name: [UInt8]) {
    macros[name]?.lines.append(line)
  }

  /// The name and the text of a line that defines a macro. Around the `=` is no blank before, and any
  /// number behind.
  static func definition(_ line: [UInt8]) -> (name: [UInt8], text: ArraySlice<UInt8>)? {
    guard line.count > 2, line[0] == dollar, isNameStart(line[1]),
      let equals = line.firstIndex(of: UInt8(ascii: "=")), line[1..<equals].allSatisfy(isName)
    else { return nil }
    return ([UInt8](line[1..<equals]), line[(equals + 1)...].drop(while: isBlank))
  }
}

let dollar = UInt8(ascii: "$")

/// `$NAME` or `${NAME}` in a line.
struct MacroUse {
  /// All of it.
  let range: Range<Int>
  let name: ArraySlice<UInt8>

  /// What follows the name within braces.
  let parameters: ArraySlice<UInt8>

  /// - Parameters:
  ///   - line: The line.
  ///   - start: The place of a `$` in it.
  init?(in line: [UInt8], at start: Int) {
    let hasBraces = line.count > start + 1 && line[start + 1] == UInt8(ascii: "{")
    let first = start + (hasBraces ? 2 : 1)
    guard first < line.count, isNameStart(line[first]) else { return nil }
    let end = line[first...].firstIndex { !isName($0) } ?? line.count
    name = line[first..<end]
    if hasBraces {
      guard let close = line[end...].firstIndex(of: UInt8(ascii: "}")) else { return nil }
      parameters = line[end..<close].trimmed
      guard parameters.allSatisfy({ isName($0) || isBlank($0) }) else { return nil }
      range = start..<(close + 1)
    } else {
      parameters = []
      guard end == line.count || " \t,)".utf8.contains(line[end]) else { return nil }
      range = start..<end
    }
  }
}

func isNameStart(_ byte: UInt8) -> Bool { isLetter(byte) || byte == UInt8(ascii: "_") }

func isName(_ byte: UInt8) -> Bool { isNameStart(byte) || isDigit(byte) }

/// `~SEQ(NAME, ...) text` and `~LST(NAME, ...) text`: the text once for each value.
struct Repetition {
  enum Values {
    /// From `next` to `last`, in decimal or hexadecimal digits.
    case numbers(next: Int, step: Int, last: Int, radix: Int)

    /// The rest of the lists, each with a value for each name.
    case lists(ArraySlice<[[UInt8]]>)
  }

  let names: [[UInt8]]
  var values: Values
  let text: [UInt8]

  /// Whether a line is a repetition, perhaps one that is not right.
  static func begins(_ line: [UInt8]) -> Bool {
    line.starts(with: "~SEQ".utf8) || line.starts(with: "~LST".utf8)
  }

  /// The next value of each name; nil at the end.
  mutating func next() -> [[UInt8]]? {
    switch values {
    case .numbers(let next, let step, let last, let radix):
      guard step > 0 ? next <= last : next >= last else { return nil }
      values = .numbers(next: next + step, step: step, last: last, radix: radix)
      return [Array(String(next, radix: radix).utf8)]
    case .lists(var rest):
      guard let next = rest.popFirst() else { return nil }
      values = .lists(rest)
      return next
    }
  }

  /// Nil where the line is not right.
  ///
  /// - Parameters:
  ///   - line: The line, from the `~` on.
  ///   - expand: Replaces macros.
  init?(_ line: [UInt8], expand: ([UInt8]) -> [UInt8]) {
    var rest = line.dropFirst(4)
    let isList = line.starts(with: "~LST".utf8)
    let isHexadecimal = !isList && rest.first == UInt8(ascii: "x")
    if isHexadecimal { rest = rest.dropFirst() }
    rest = rest.drop(while: isBlank)
    guard rest.popFirst() == UInt8(ascii: "("), let close = rest.firstIndex(of: UInt8(ascii: ")"))
    else { return nil }
    let inner = rest[..<close]
    text = [UInt8](rest[(close + 1)...].trimmed)
    if isList {
      guard let (names, lists) = Self.lists(inner) else { return nil }
      self.names = names
      values = .lists(lists[...])
    } else {
      guard let comma = inner.firstIndex(of: UInt8(ascii: ",")) else { return nil }
      let name = inner[..<comma].trimmed
      guard !name.isEmpty, name.allSatisfy(isName) else { return nil }
      names = [[UInt8](name)]
      guard let numbers = Self.numbers(expand([UInt8](inner[(comma + 1)...])), isHexadecimal)
      else { return nil }
      values = numbers
    }
  }

  /// `end`, `start, end`, or `start, step, end`.
  private static func numbers(_ text: [UInt8], _ isHexadecimal: Bool) -> Values? {
    let parts = text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    let given = parts.compactMap { number($0.trimmed) }
    guard given.count == parts.count, (1...3).contains(given.count), let last = given.last
    else { return nil }
    let start = given.count == 1 ? (last < 0 ? -1 : 1) : given[0]
    let step = given.count == 3 ? given[1] : (start <= last ? 1 : -1)
    guard step != 0, start == last || (step > 0) == (start < last) else { return nil }
    if isHexadecimal, min(start, last) < 0 { return nil }
    return .numbers(next: start, step: step, last: last, radix: isHexadecimal ? 16 : 10)
  }

  /// As strtol(3) with base 0, up to 2^40.
  private static func number(_ text: ArraySlice<UInt8>) -> Int? {
    let isNegative = text.first == UInt8(ascii: "-")
    let digits = isNegative ? text.dropFirst() : text
    let isHexadecimal = digits.starts(with: "0x".utf8) || digits.starts(with: "0X".utf8)
    let radix = isHexadecimal ? 16 : digits.count > 1 && digits.first == 0x30 ? 8 : 10
    let plain = isHexadecimal ? digits.dropFirst(2) : digits
    guard let first = plain.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-"),
      let value = Int(String(decoding: plain, as: UTF8.self), radix: radix), value <= 1 << 40
    else { return nil }
    return isNegative ? -value : value
  }

  /// `NAME, value, value` or `{NAME, NAME}, {value, value}, ...`. Missing values are empty.
  private static func lists(_ text: ArraySlice<UInt8>) -> ([[UInt8]], [[[UInt8]]])? {
    var groups: [[[UInt8]]] = []
    var rest = text.trimmed
    repeat {
      let hasBraces = rest.first == UInt8(ascii: "{")
      let end = rest.firstIndex(of: UInt8(ascii: hasBraces ? "}" : ",")) ?? rest.endIndex
      guard !hasBraces || end < rest.endIndex else { return nil }
      groups.append(
        rest[..<end].dropFirst(hasBraces ? 1 : 0)
          .split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
          .map { [UInt8]($0.trimmed) })
      rest = rest[end...].dropFirst(hasBraces ? 1 : 0).drop(while: isBlank)
      guard rest.isEmpty || rest.first == UInt8(ascii: ",") else { return nil }
      rest = rest.dropFirst().drop(while: isBlank)
    } while !rest.isEmpty
    guard groups.count > 1, let names = groups.first,
      names.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isName) }),
      groups.allSatisfy({ $0.count <= names.count })
    else { return nil }
    return (
      names, groups.dropFirst().map { $0 + Array(repeating: [], count: names.count - $0.count) }
    )
  }
}
