// SPDX-License-Identifier: Apache-2.0

import IPVSText

/// A value of the part of YAML 1.2 that models of ipvsctl are written in: mappings, sequences, and scalars
/// in block and flow style, plain or quoted on one line, with comments. Anchors, tags, texts of several
/// lines, and several documents are refused.
struct YAMLNode {
  indirect enum Value {
    case scalar(ByteString)
    case sequence([YAMLNode])

    /// In the order of the text.
    case mapping([(key: ByteString, value: YAMLNode)])

    /// No text, `~`, or `null`.
    case null
  }

  let value: Value

  /// Counted from 1.
  let line: Int

  /// The value of a key; nil where there is none, or where the node is no mapping.
  subscript(key: ByteString) -> YAMLNode? {
    guard case .mapping(let pairs) = value else { return nil }
    return pairs.first { $0.key == key }?.value
  }

  /// The text of a scalar; nil where the node is none.
  var text: ByteString? { if case .scalar(let text) = value { text } else { nil } }

  /// Why a text is not of that part of YAML.
  struct Fault: Error {
    let line: Int
    let text: String
  }
}

/// Reads a text line by line.
struct YAMLReader {
  /// Nodes in each other; the model has four at most.
  private static let mostDepth = 32

  private struct Line {
    let number: Int

    /// How many blanks are before the content.
    var indent: Int
    var content: ArraySlice<UInt8>
  }

  /// Those that are not empty, the last one first.
  private var lines: [Line] = []

  init(_ bytes: [UInt8]) throws(YAMLNode.Fault) {
    var hasDocument = false
    for (index, raw) in bytes.split(separator: newline, omittingEmptySubsequences: false)
      .enumerated()
    {
      let number = index + 1
      let line = Self.withoutComment(raw.last == UInt8(ascii: "\r") ? raw.dropLast() : raw)
      let content = line.drop { $0 == blank }
      guard let first = content.first else { continue }
      guard first != tab else { throw YAMLNode.Fault(line: number, text: "a tab before a word") }
      if content.startIndex == line.startIndex, content.elementsEqual("---".utf8) {
        guard !hasDocument, lines.isEmpty else {
          throw YAMLNode.Fault(line: number, text: "a second document")
        }
        hasDocument = true
        continue
      }
      if content.elementsEqual("...".utf8) || first == UInt8(ascii: "%") {
        throw YAMLNode.Fault(line: number, text: "a mark of documents")
      }
      lines.append(
        Line(number: number, indent: content.startIndex - line.startIndex, content: content))
    }
    lines.reverse()
  }

  /// The node that the text is; nil where there is none.
  mutating func node() throws(YAMLNode.Fault) -> YAMLNode? {
    guard let first = lines.last else { return nil }
    let node = try block(from: first.indent, depth: 0)
    if let rest = lines.last { throw fault(rest, "a line that belongs to nothing before it") }
    return node
  }

  private func fault(_ line: Line, _ text: String) -> YAMLNode.Fault {
    YAMLNode.Fault(line: line.number, text: text)
  }

  /// A line without what follows a `#` that is at its beginning or behind a blank, and without blanks at its
  /// end.
  private static func withoutComment(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var quote: UInt8?
    var last = blank
    var end = line.startIndex
    for index in line.indices {
      let byte = line[index]
      if let open = quote {
        if byte == open { quote = nil }
      } else if byte == UInt8(ascii: "#"), isBlank(last) {
        break
      } else if isQuote(byte), isBlank(last) || "[{,:".utf8.contains(last) {
        quote = byte
      }
      last = byte
      if !isBlank(byte) { end = index + 1 }
    }
    return line[..<end]
  }

  private static func isQuote(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
  }

  // MARK: - Blocks

  /// The node whose first line is indented by `indent`.
  private mutating func block(from indent: Int, depth: Int) throws(YAMLNode.Fault) -> YAMLNode {
    guard let line = lines.last else {
      return YAMLNode(value: .null, line: 1)
    }
    guard depth < Self.mostDepth else { throw fault(line, "nodes are nested too deep") }
    if Self.isItem(line.content) { return try sequence(at: indent, depth: depth) }
    if Self.key(of: line.content) != nil { return try mapping(at: indent, depth: depth) }
    lines.removeLast()
    return try inline(line, depth: depth)
  }

  private static func isItem(_ content: ArraySlice<UInt8>) -> Bool {
    content.first == UInt8(ascii: "-")
      && (content.count == 1 || isBlank(content.dropFirst().first ?? 0))
  }

  private mutating func sequence(at indent: Int, depth: Int) throws(YAMLNode.Fault) -> YAMLNode {
    let start = lines.last?.number ?? 1
    var nodes: [YAMLNode] = []
    while let line = lines.last, line.indent == indent, Self.isItem(line.content) {
      let content = line.content.dropFirst().drop(while: isBlank)
      if content.isEmpty {
        lines.removeLast()
        nodes.append(try nested(below: indent, line: line.number, depth: depth))
      } else {
        // What follows the dash is a block of its own, indented to where it begins.
        let inner = indent + content.startIndex - line.content.startIndex
        lines[lines.count - 1].indent = inner
        lines[lines.count - 1].content = content
        nodes.append(try block(from: inner, depth: depth + 1))
      }
    }
    return YAMLNode(value: .sequence(nodes), line: start)
  }

  private mutating func mapping(at indent: Int, depth: Int) throws(YAMLNode.Fault) -> YAMLNode {
    let start = lines.last?.number ?? 1
    var pairs: [(key: ByteString, value: YAMLNode)] = []
    var keys: Set<ByteString> = []
    while let line = lines.last, line.indent == indent, !Self.isItem(line.content) {
      guard let (key, rest) = Self.key(of: line.content) else {
        throw fault(line, "a line without a key")
      }
      guard keys.insert(key).inserted else { throw fault(line, "\(key) is there twice") }
      lines.removeLast()
      if rest.isEmpty {
        pairs.append((key, try nested(below: indent, line: line.number, depth: depth)))
      } else {
        let value = Line(number: line.number, indent: indent, content: rest)
        pairs.append((key, try inline(value, depth: depth)))
      }
    }
    return YAMLNode(value: .mapping(pairs), line: start)
  }

  /// The node of the lines that are indented more; a sequence may be indented as its key is.
  private mutating func nested(
    below indent: Int, line: Int, depth: Int
  ) throws(YAMLNode.Fault) -> YAMLNode {
    guard let next = lines.last,
      next.indent > indent || (next.indent == indent && Self.isItem(next.content))
    else { return YAMLNode(value: .null, line: line) }
    return try block(from: next.indent, depth: depth + 1)
  }

  /// The key of a line, and what follows its colon; nil where it has none.
  private static func key(
    of content: ArraySlice<UInt8>
  ) -> (ByteString, ArraySlice<UInt8>)? {
    if let first = content.first, isQuote(first) {
      guard let close = content.dropFirst().firstIndex(of: first) else { return nil }
      let rest = content[(close + 1)...].drop(while: isBlank)
      guard rest.first == UInt8(ascii: ":") else { return nil }
      return (ByteString(content.dropFirst()[..<close]), rest.dropFirst().drop(while: isBlank))
    }
    if let first = content.first, "[{".utf8.contains(first) { return nil }
    for index in content.indices where content[index] == UInt8(ascii: ":") {
      let rest = content[(index + 1)...]
      guard rest.first.map(isBlank) ?? true else { continue }
      return (ByteString(content[..<index].trimmed), rest.drop(while: isBlank))
    }
    return nil
  }

  // MARK: - Flow

  /// A value that begins on a line; one in brackets may go on over further lines.
  private mutating func inline(_ line: Line, depth: Int) throws(YAMLNode.Fault) -> YAMLNode {
    var text = line.content
    if let first = text.first, "[{".utf8.contains(first) {
      var joined = [UInt8](text)
      var brackets = Brackets()
      brackets.count(in: text)
      while brackets.depth > 0, let next = lines.popLast() {
        joined.append(blank)
        joined += next.content
        brackets.count(in: next.content)
      }
      text = joined[...]
    }
    var flow = YAMLFlow(text, line: line.number, depth: depth)
    let node = try flow.node(isInFlow: false)
    try flow.finish()
    return node
  }

  /// How many brackets are open behind the lines so far.
  private struct Brackets {
    private(set) var depth = 0
    private var quote: UInt8?

    mutating func count(in text: ArraySlice<UInt8>) {
      for byte in text {
        if let open = quote {
          if byte == open { quote = nil }
        } else if YAMLReader.isQuote(byte) {
          quote = byte
        } else if "[{".utf8.contains(byte) {
          depth += 1
        } else if "]}".utf8.contains(byte) {
          depth -= 1
        }
      }
    }
  }
}

/// Reads a value that stands on a line: a scalar, or a node in brackets.
private struct YAMLFlow {
  private static let mostDepth = 32

  private var rest: ArraySlice<UInt8>
  private let line: Int
  private var depth: Int

  init(_ text: ArraySlice<UInt8>, line: Int, depth: Int) {
    rest = text
    self.line = line
    self.depth = depth
  }

  private func fault(_ text: String) -> YAMLNode.Fault { YAMLNode.Fault(line: line, text: text) }

  private mutating func skipBlanks() { rest = rest.drop(while: isBlank) }

  mutating func finish() throws(YAMLNode.Fault) {
    skipBlanks()
    guard rest.isEmpty else { throw fault("text behind a value: \(ByteString(rest.prefix(40)))") }
  }

  mutating func node(isInFlow: Bool) throws(YAMLNode.Fault) -> YAMLNode {
    skipBlanks()
    guard depth < Self.mostDepth else { throw fault("nodes are nested too deep") }
    switch rest.first {
    case UInt8(ascii: "["): return try sequence()
    case UInt8(ascii: "{"): return try mapping()
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      return YAMLNode(value: .scalar(try quoted()), line: line)
    case UInt8(ascii: "&"), UInt8(ascii: "*"): throw fault("an anchor or its use")
    case UInt8(ascii: "!"): throw fault("a tag")
    case UInt8(ascii: "|"), UInt8(ascii: ">"): throw fault("a text of several lines")
    default: return plain(isInFlow)
    }
  }

  private mutating func plain(_ isInFlow: Bool) -> YAMLNode {
    // A bracket behind a `$` is of a parameter.
    var braces = 0
    var end = rest.startIndex
    while end < rest.endIndex {
      let byte = rest[end]
      if byte == UInt8(ascii: "{"), end > rest.startIndex, rest[end - 1] == dollar || braces > 0 {
        braces += 1
      } else if byte == UInt8(ascii: "}"), braces > 0 {
        braces -= 1
      } else if isInFlow, braces == 0, ",]}".utf8.contains(byte) {
        break
      } else if isInFlow, byte == UInt8(ascii: ":"),
        end + 1 == rest.endIndex || isBlank(rest[end + 1])
      {
        break
      }
      end += 1
    }
    let text = ByteString(rest[..<end].trimmed)
    rest = rest[end...]
    let isNull = text.isEmpty || text == "~" || text == "null"
    return YAMLNode(value: isNull ? .null : .scalar(text), line: line)
  }

  private mutating func quoted() throws(YAMLNode.Fault) -> ByteString {
    guard let quote = rest.popFirst() else { return "" }
    var text: [UInt8] = []
    while let byte = rest.popFirst() {
      if byte == quote {
        guard quote == UInt8(ascii: "'"), rest.first == quote else { return ByteString(text) }
        rest = rest.dropFirst()
      } else if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
        guard let next = rest.popFirst(), "\"\\/".utf8.contains(next) else {
          throw fault("an escape sequence in a text")
        }
        text.append(next)
        continue
      }
      text.append(byte)
    }
    throw fault("a quotation mark without a second one on its line")
  }

  private mutating func sequence() throws(YAMLNode.Fault) -> YAMLNode {
    rest = rest.dropFirst()
    depth += 1
    defer { depth -= 1 }
    var nodes: [YAMLNode] = []
    while true {
      skipBlanks()
      if rest.first == UInt8(ascii: "]") { break }
      nodes.append(try node(isInFlow: true))
      try separate(before: UInt8(ascii: "]"))
    }
    rest = rest.dropFirst()
    return YAMLNode(value: .sequence(nodes), line: line)
  }

  private mutating func mapping() throws(YAMLNode.Fault) -> YAMLNode {
    rest = rest.dropFirst()
    depth += 1
    defer { depth -= 1 }
    var keys: Set<ByteString> = []
    var pairs: [(key: ByteString, value: YAMLNode)] = []
    while true {
      skipBlanks()
      if rest.first == UInt8(ascii: "}") { break }
      guard let key = try node(isInFlow: true).text, keys.insert(key).inserted
      else {
        throw fault("a key that is none, or is there twice")
      }
      skipBlanks()
      guard rest.popFirst() == UInt8(ascii: ":") else { throw fault("a key without a colon") }
      pairs.append((key, try node(isInFlow: true)))
      try separate(before: UInt8(ascii: "}"))
    }
    rest = rest.dropFirst()
    return YAMLNode(value: .mapping(pairs), line: line)
  }

  /// Takes a comma, where the closing bracket does not follow.
  private mutating func separate(before close: UInt8) throws(YAMLNode.Fault) {
    skipBlanks()
    if rest.first == close { return }
    guard rest.popFirst() == UInt8(ascii: ",") else {
      throw fault("no comma or bracket behind a value")
    }
  }
}
