// SPDX-License-Identifier: Apache-2.0

import IPVSText

/// The lines of a keepalived.conf and of the files that it includes, with macros replaced, conditions
/// decided, and comments taken away (keepalived.conf(5); keepalived 2.2.7, lib/parser.c, `read_line`).
///
/// Each line is read from the innermost source: a file, the rest of a macro, or a repetition. So a macro
/// takes its values where it is used, and a repetition may hold macros of several lines.
struct KeepalivedText {
  /// A line that is not empty.
  struct Line {
    var bytes: [UInt8]
    let place: SourcePlace
  }

  /// The most that text may grow. The limits are far above those of use; what grows beyond them does so
  /// by a macro of itself.
  enum Limit {
    /// Bytes of a line (keepalived's `MAXBUF`, less the closing zero).
    static let line = 1023

    /// Files in each other, and in all.
    static let includes = 100
    static let files = 10_000

    /// Macros and repetitions in each other.
    static let sources = 256

    /// Bytes of all lines that macros make.
    static let expansion = 16 << 20

    /// What a line of macros counts at least.
    static let leastExpansion = 64

    /// Bytes of all files.
    static let bytes = 256 << 20
  }

  fileprivate struct File {
    let path: ByteString
    let identity: ByteString
    let bytes: [UInt8]
    var position = 0
    var line = 0
  }

  private enum Source {
    case file(File)
    case lines(ArraySlice<[UInt8]>, SourcePlace)
    case repetition(Repetition, SourcePlace)
  }

  /// The innermost is the last.
  private var sources: [Source] = []
  private var macros = KeepalivedMacros()

  /// The macro of several lines that is being defined.
  private var unfinished: [UInt8]?
  private var expansion = 0
  private var fileCount = 0
  private var byteCount = 0
  private let settings: ImportSettings

  init(_ bytes: [UInt8], _ settings: ImportSettings) {
    self.settings = settings
    sources = [.file(File(path: settings.file, identity: settings.identity, bytes: bytes))]
    for (name, value) in [("_HASH", "#"), ("_BANG", "!")] {
      macros[name.utf8] = KeepalivedMacros.Macro(lines: [Array(value.utf8)])
    }
    macros["_PWD".utf8] = KeepalivedMacros.Macro(lines: [settings.folder.bytes])
    macros["_INSTANCE".utf8] = KeepalivedMacros.Macro(lines: [settings.configID.bytes])
  }

  /// The next line; nil at the end.
  mutating func next(_ result: inout Import) throws(ImportEnd) -> Line? {
    while let raw = try nextOfSource(&result) {
      var line = raw
      Self.removeComment(&line.bytes)
      if line.bytes.isEmpty { continue }
      if let name = unfinished {
        define(name, furtherLine: line.bytes)
      } else if try process(&line, &result) {
        return line
      }
    }
    return nil
  }

  /// Decides what a line is.
  ///
  /// - Returns: Whether it is text of the configuration.
  private mutating func process(
    _ line: inout Line, _ result: inout Import
  ) throws(ImportEnd) -> Bool {
    while true {
      guard decideCondition(&line.bytes), !line.bytes.isEmpty else { return false }
      if let (name, text) = KeepalivedMacros.definition(line.bytes) {
        define(name, text, at: line.place)
        return false
      }
      if Repetition.begins(line.bytes) {
        try beginRepetition(line, &result)
        return false
      }
      guard line.bytes.first != UInt8(ascii: "~"), line.bytes.contains(dollar),
        try expand(&line, &result)
      else { break }
      Self.removeComment(&line.bytes)
      guard
        line.bytes.first == UInt8(ascii: "@") || line.bytes.contains(dollar)
          || Repetition.begins(line.bytes)
      else { break }
    }
    guard line.bytes.count <= Limit.line else {
      result.note(
        .error, line.place, "the line has more than \(Limit.line) bytes and is left out")
      return false
    }
    if let include = Include(line.bytes) {
      try read(include, at: line.place, &result)
      return false
    }
    return !line.bytes.isEmpty
  }
}

// MARK: - Sources

extension KeepalivedText {
  private mutating func nextOfSource(_ result: inout Import) throws(ImportEnd) -> Line? {
    while let source = sources.popLast() {
      switch source {
      case .file(var file):
        guard let line = file.next() else { continue }
        let place = SourcePlace(file.path, file.line)
        sources.append(.file(file))
        // A blank line ends a definition.
        if line.isEmpty { unfinished = nil }
        return Line(bytes: line, place: place)
      case .lines(var rest, let place):
        guard let line = rest.popFirst() else { continue }
        if !rest.isEmpty { sources.append(.lines(rest, place)) }
        return Line(bytes: line, place: place)
      case .repetition(var repetition, let place):
        guard let values = repetition.next() else { continue }
        for (name, value) in zip(repetition.names, values) {
          macros[name] = KeepalivedMacros.Macro(lines: [value], definition: place.definition)
        }
        let line = Line(bytes: repetition.text, place: place)
        sources.append(.repetition(repetition, place))
        try count(line.bytes.count, at: place, &result)
        return line
      }
    }
    return nil
  }

  private mutating func push(
    _ source: Source, at place: SourcePlace, _ result: inout Import
  ) throws(ImportEnd) {
    guard sources.count < Limit.sources else {
      throw result.end(
        place, "macros and includes are nested more than \(Limit.sources) deep")
    }
    sources.append(source)
  }

  private mutating func count(
    _ bytes: Int, at place: SourcePlace, _ result: inout Import
  ) throws(ImportEnd) {
    expansion += max(bytes, Limit.leastExpansion)
    guard expansion <= Limit.expansion else {
      throw result.end(
        place, "macros and sequences make more than \(Limit.expansion >> 20) MiB of text")
    }
  }
}

extension SourcePlace {
  /// The place as that of a macro's definition.
  fileprivate var definition: Definition { macro ?? Definition(file: file, line: line) }
}

extension KeepalivedText.File {
  /// The next line without its end; nil at the end of the file.
  fileprivate mutating func next() -> [UInt8]? {
    guard position < bytes.count else { return nil }
    let end = bytes[position...].firstIndex(of: newline) ?? bytes.count
    var text = bytes[position..<end]
    while text.last == UInt8(ascii: "\r") { text = text.dropLast() }
    position = end + 1
    line += 1
    return [UInt8](text)
  }
}

// MARK: - Comments and conditions

extension KeepalivedText {
  private static func isSpecial(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "#") || byte == UInt8(ascii: "!") || byte == UInt8(ascii: "\"")
      || byte == UInt8(ascii: "\\")
  }

  /// Takes away what follows `#` or `!` outside of quotation marks, and blanks at both ends. A `\` at the
  /// end of a line stays; `\#` and `\!` are the characters.
  static func removeComment(_ line: inout [UInt8]) {
    guard line.contains(where: isSpecial) else {
      line = [UInt8](line[...].trimmed)
      return
    }
    var text: [UInt8] = []
    var isQuoted = false
    var isContinued = false
    var index = 0
    while index < line.count {
      let byte = line[index]
      index += 1
      if byte == UInt8(ascii: "\\") {
        guard index < line.count else {
          isContinued = true
          break
        }
        let next = line[index]
        let isComment = next == UInt8(ascii: "#") || next == UInt8(ascii: "!")
        if isQuoted || !isComment { text.append(byte) }
        text.append(next)
        index += 1
        continue
      }
      if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
      if !isQuoted, byte == UInt8(ascii: "#") || byte == UInt8(ascii: "!") { break }
      text.append(byte)
    }
    line = [UInt8](text[...].trimmed) + (isContinued ? [UInt8(ascii: "\\")] : [])
  }

  /// Takes `@NAME` and `@^NAME` from the beginning of a line.
  ///
  /// - Returns: Whether the line counts.
  private func decideCondition(_ line: inout [UInt8]) -> Bool {
    guard line.first == UInt8(ascii: "@") else { return true }
    let isReversed = line.count > 1 && line[1] == UInt8(ascii: "^")
    let start = isReversed ? 2 : 1
    guard let end = line.firstIndex(where: isBlank) else { return false }
    let isNamed = end >= start && line[start..<end].elementsEqual(settings.configID.bytes)
    line = [UInt8](line[end...].trimmed)
    return isNamed != isReversed
  }
}

// MARK: - Macros

extension KeepalivedText {
  private mutating func define(
    _ name: [UInt8], _ text: ArraySlice<UInt8>, at place: SourcePlace
  ) {
    var macro = KeepalivedMacros.Macro(lines: [], definition: place.definition)
    if text.last == UInt8(ascii: "\\") {
      let first = [UInt8](text.dropLast().trimmed)
      macro.isMultiline = true
      if !first.isEmpty { macro.lines.append(first) }
      unfinished = name
    } else {
      macro.lines = [[UInt8](text)]
    }
    macros[name] = macro
  }

  private mutating func define(_ name: [UInt8], furtherLine line: [UInt8]) {
    let isLast = line.last != UInt8(ascii: "\\")
    let text = isLast ? line : [UInt8](line.dropLast()[...].trimmed)
    if !text.isEmpty { macros.append(text, to: name) }
    if isLast { unfinished = nil }
  }

  /// Replaces the macros of a line. The further lines of one of several lines are read next.
  ///
  /// - Returns: Whether there was one.
  private mutating func expand(
    _ line: inout Line, _ result: inout Import
  ) throws(ImportEnd) -> Bool {
    var hasFound = false
    var start = 0
    while let place = line.bytes[start...].firstIndex(of: dollar) {
      guard let use = MacroUse(in: line.bytes, at: place),
        let macro = macro(of: use, endsLine: use.range.upperBound == line.bytes.count)
      else {
        noteRandom(in: line, at: place, &result)
        start = place + 1
        continue
      }
      hasFound = true
      let first = macro.lines.first ?? []
      line.bytes.replaceSubrange(use.range, with: first)
      line = Line(
        bytes: line.bytes,
        place: SourcePlace(line.place.file, line.place.line, macro: macro.definition))
      try count(line.bytes.count, at: line.place, &result)
      if macro.lines.count > 1 {
        try push(.lines(macro.lines.dropFirst(), line.place), at: line.place, &result)
      }
      guard line.bytes.count <= Limit.line else { return false }
      start = place
      if first.first == UInt8(ascii: "~") { break }
    }
    return hasFound
  }

  private func macro(of use: MacroUse, endsLine: Bool) -> KeepalivedMacros.Macro? {
    guard use.parameters.isEmpty, let macro = macros[use.name], endsLine || !macro.isMultiline
    else { return nil }
    return macro
  }

  private func noteRandom(in line: Line, at place: Int, _ result: inout Import) {
    guard line.bytes[place...].starts(with: "${_RANDOM".utf8) else { return }
    result.note(
      .error, line.place, "${_RANDOM} is another number in each run, and is not replaced")
  }

  private mutating func beginRepetition(
    _ line: Line, _ result: inout Import
  ) throws(ImportEnd) {
    let repetition = Repetition(line.bytes) { text in expandedInLine(text) }
    guard let repetition else {
      result.note(
        .error, line.place, "not the form of a sequence or a list: \(ByteString(line.bytes))")
      return
    }
    try push(.repetition(repetition, line.place), at: line.place, &result)
  }

  /// A text with its macros of one line replaced, at most as many as a line may hold.
  private func expandedInLine(_ text: [UInt8]) -> [UInt8] {
    var text = text
    var start = 0
    for _ in 0..<Limit.line {
      guard let place = text[start...].firstIndex(of: dollar), text.count <= Limit.line else {
        break
      }
      if let use = MacroUse(in: text, at: place), let macro = macros[use.name], !macro.isMultiline {
        text.replaceSubrange(use.range, with: macro.lines.first ?? [])
      } else {
        start = place + 1
      }
    }
    return text
  }
}

// MARK: - Includes

/// `include PATTERN`. A letter behind the word says what keepalived takes for a fault: without one, and
/// with wildcards, files that are missing are none.
private struct Include {
  let pattern: ByteString
  let isStrict: Bool

  init?(_ line: [UInt8]) {
    guard line.starts(with: "include".utf8), line.count > 8 else { return nil }
    isStrict = "rmwba".utf8.contains(line[7])
    let rest = line.dropFirst(isStrict ? 8 : 7)
    guard let first = rest.first, isBlank(first) else { return nil }
    pattern = ByteString(rest.trimmed)
  }
}

extension KeepalivedText {
  private mutating func read(
    _ include: Include, at place: SourcePlace, _ result: inout Import
  ) throws(ImportEnd) {
    guard let alternatives = IncludePattern(include.pattern).alternatives else {
      throw result.end(
        place, "the braces of \(include.pattern) name more than \(IncludePattern.mostPaths) files")
    }
    let folder = innermostFile.path.bytes.folder
    var files: [File] = []
    for pattern in alternatives {
      let isWild = IncludePattern.isWild(pattern)
      let paths =
        isWild
        ? IncludePattern.paths(matching: pattern, in: folder, settings.files) : [pattern]
      if paths.isEmpty {
        result.note(
          include.isStrict ? .error : .note, place, "no file matches \(ByteString(pattern))")
      }
      for path in paths {
        if let file = try open(path, in: folder, at: place, &result) { files.append(file) }
      }
    }
    guard chain.count < Limit.includes else {
      throw result.end(place, "more than \(Limit.includes) files include each other")
    }
    for file in files.reversed() { try push(.file(file), at: place, &result) }
  }

  /// The files that are being read, the outermost first.
  private var chain: [File] {
    sources.compactMap { if case .file(let file) = $0, file.line > 0 { file } else { nil } }
  }

  private var innermostFile: File { chain.last ?? File(path: "", identity: "", bytes: []) }

  private mutating func open(
    _ path: [UInt8], in folder: [UInt8], at place: SourcePlace, _ result: inout Import
  ) throws(ImportEnd) -> File? {
    if path.first != slash, settings.file == "-" {
      result.note(
        .error, place, "\(ByteString(path)) is in no folder, as standard input is in none")
      return nil
    }
    let whole = ByteString(path.first == slash ? path : folder.joined(to: path[...]))
    let found: ConfigurationFile
    do throws(FileFault) {
      found = try settings.files.read(whole)
    } catch {
      result.note(.error, place, "cannot include \(whole): \(error.reason)")
      return nil
    }
    let isRepeated = chain.contains { $0.identity == found.identity || $0.path == whole }
    guard !isRepeated else { throw result.end(place, "\(whole) includes itself") }
    fileCount += 1
    byteCount += found.bytes.count
    guard fileCount <= Limit.files, byteCount <= Limit.bytes else {
      throw result.end(
        place,
        "more than \(Limit.files) files, or \(Limit.bytes >> 20) MiB, are included")
    }
    result.note(.ignored, place, "reading \(whole)", isRoutine: true)
    return File(path: whole, identity: found.identity, bytes: found.bytes)
  }
}

extension FileFault {
  fileprivate var reason: String {
    switch self {
    case .system(let words): words
    case .missing: "there is no such file"
    case .unfit: "it is a folder, a device, or a program, which keepalived does not include"
    }
  }
}
