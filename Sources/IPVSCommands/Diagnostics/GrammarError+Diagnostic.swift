// SPDX-License-Identifier: Apache-2.0

package import IPVSGrammar
package import IPVSPrograms
package import IPVSText

extension GrammarError {
  /// What is wrong, word for word as ipvsadm 1.31 says it; then what it means and what helps.
  ///
  /// - Parameters:
  ///   - words: The whole line: the word at fault may be another than the one that the parser
  ///     stopped at.
  ///   - programName: What the program was called as.
  ///   - line: Where the words are, if they are restore input.
  package func diagnostic(
    of words: Words, programName: ByteString, line: RestoreLine? = nil
  ) -> Diagnostic {
    let position: MessageText? = line.map { "line \($0.number): \(printing: $0.text, atMost: 200)" }
    return Diagnostic(
      headline(programName: programName), explanation(in: TypedLine(words)), at: position)
  }

  private func headline(programName: ByteString) -> MessageText {
    switch self {
    case .words(let fault): fault.headline(programName: programName)
    case .options(let fault): fault.headline
    case .values(let fault): fault.headline
    case .ancestor(let fault): fault.headline(programName: programName)
    }
  }

  /// The cause and the remedy.
  func explanation(in line: TypedLine) -> Explanation {
    if let explanation = line.explanationOfForeignText() { return explanation }
    switch self {
    case .words(let fault):
      return line.explanationOfLongName() ?? line.explanationOfJoinedFile()
        ?? fault.explanation(in: line)
    case .options(let fault): return line.explanationOfLongName() ?? fault.explanation(in: line)
    case .values(let fault):
      return line.explanationOfLongName() ?? line.explanationOfJoinedFile()
        ?? fault.explanation(in: line)
    case .ancestor(let fault): return fault.explanation
    }
  }
}

extension TypedLine {
  /// A word of the line that holds what belongs to no command line: characters of a text processor,
  /// quotation marks or variables of a shell, what a program prints for a missing text.
  fileprivate func explanationOfForeignText() -> Explanation? {
    for (index, word) in words.enumerated() {
      if let explanation = word.explanationOfForeignText(isFirst: index == 0) { return explanation }
      if word.isMissingText { return missingText(word) }
    }
    return nil
  }

  /// `(null)` is what the C library prints for a text that is not there.
  private func missingText(_ word: ByteString) -> Explanation {
    let isValue = items.contains { $0.value == word }
    guard !isValue, command?.meaning.takesServer == true else {
      return Explanation(
        "\(quoting: word) was printed by a program that had no text for it",
        "write the value that belongs there")
    }
    return Explanation(
      "old versions of ipvsadm-save and ldirectord print \(quoting: word) for a forwarding method "
        + "that they do not know",
      "write the server's own in its place: -m (masquerading), -g (direct routing), or -i (tunnel); "
        + "leaving it out would make it -g")
  }

  /// A file joined to -R or -S, as in `-Rrules` and `--restore=rules`.
  fileprivate func explanationOfJoinedFile() -> Explanation? {
    let commands: [(CommandName, StaticString)] = [
      (.restore, "-R"), (.restore, "--restore="), (.save, "--save="),
    ]
    guard let first = words.first else { return nil }
    for (command, start) in commands where first.hasPrefix(start) {
      let file = ByteString(first.bytes.dropFirst(start.utf8CodeUnitCount))
      return file.isEmpty
        ? nil : Leftover(word: file, line: self).explanation(ofFileFor: command)
    }
    return nil
  }

  /// A long option with one dash, which is read as a bundle of letters.
  fileprivate func explanationOfLongName() -> Explanation? {
    for word in words where word.bytes.first == dash && word.count > 2 && word.bytes[1] != dash {
      let name = ByteString(word.bytes.dropFirst().prefix { $0 != UInt8(ascii: "=") })
      if KnownOption.all.contains(where: { $0.long == name }) {
        return Explanation(
          "\(quoting: word) is read as single letters: long names begin with two dashes",
          "write --\(ByteString(word.bytes.dropFirst()))")
      }
    }
    return nil
  }
}

extension ByteString {
  /// Whether a program printed it for a text that it did not have.
  var isMissingText: Bool {
    contains("(null)") || ["(nil)", "null", "undefined"].contains(lowercased)
  }

  /// Whether a text is in the word. Nothing is looked for in words longer than any that is meant.
  func contains(_ text: StaticString) -> Bool {
    guard count <= 4096 else { return false }
    return bytes.indices.contains { start in
      text.withUTF8Buffer { bytes[start...].starts(with: $0) }
    }
  }

  /// - Parameter isFirst: Whether it is the first word of its line.
  func explanationOfForeignText(isFirst: Bool = false) -> Explanation? {
    if isFirst, bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
      return Explanation(
        "the text begins with the byte order mark of UTF-16", "save it as plain text (UTF-8)")
    }
    if let (character, isFirstCharacter) = ForeignCharacter.first(in: self) {
      return explanation(of: character, isFirst: isFirst, begins: isFirstCharacter)
    }
    if let first = bytes.first, let last = bytes.last, count > 1,
      Self.quotes.contains(first) || Self.quotes.contains(last)
    {
      let bare = ByteString(bytes.filter { !Self.quotes.contains($0) })
      return Explanation(
        "the quotation marks of \(quoting: self) are part of the word: no shell reads it",
        "leave them out: \(bare)")
    }
    if bytes.first == UInt8(ascii: "$"), count > 1 {
      return Explanation(
        "\(quoting: self) is a variable that was not replaced by its value",
        "write its value; restore input is not read by a shell")
    }
    return nil
  }

  private static let quotes = Array("\"'`".utf8)

  private func explanation(
    of character: ForeignCharacter, isFirst: Bool, begins: Bool
  ) -> Explanation {
    let corrected = ForeignCharacter.corrected(self).withKnownDashes
    if isFirst, begins, character.scalar.value == ForeignCharacter.byteOrderMark {
      return Explanation(
        "the line begins with \(character.wording)",
        "save the file as UTF-8 without a byte order mark")
    }
    return Explanation(
      "\(quoting: self) \(begins ? "begins with" : "holds") \(character.wording)",
      corrected.isEmpty ? "leave it out" : "write \(corrected)")
  }

  /// The word with as many dashes as an option of its name has.
  private var withKnownDashes: ByteString {
    let name = ByteString(bytes.drop { $0 == dash })
    guard name.count < count, !name.isEmpty else { return self }
    let long = name.bytes.prefix { $0 != UInt8(ascii: "=") }
    let isLong = KnownOption.all.contains { $0.long.bytes == Array(long) }
    return ByteString((isLong ? "--" : "-").utf8 + name.bytes)
  }
}

extension KnownOption.Meaning {
  /// Whether it is a command about one real server with its forwarding method.
  var takesServer: Bool { self == .command(.addServer) || self == .command(.editServer) }
}

private let dash = UInt8(ascii: "-")
