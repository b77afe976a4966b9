package import IPVSGrammar
package import IPVSText

extension GrammarError {
  /// What is wrong, word for word as ipvsadm 1.31 says it; then, each indented by two blanks, lines
  /// that say what it means and what helps. Every line is complete.
  ///
  /// - Parameters:
  ///   - programName: What the program was called as.
  ///   - line: Where the words stand, if they are restore input.
  package func message(programName: ByteString, line: RestoreLine? = nil) -> ByteString {
    var text = TextBuffer()
    text.append(contentsOf: headline(programName: programName).bytes)
    text.append(byte: UInt8(ascii: "\n"))
    if let line {
      text.appendDetail("line \(line.number): \(printing: line.text, atMost: 200)")
    }
    text.append(explanation)
    return ByteString(text.bytes)
  }

  private func headline(programName: ByteString) -> MessageText {
    switch self {
    case .words(let fault): fault.headline(programName: programName)
    case .options(let fault): fault.headline
    case .values(let fault): fault.headline
    case .ancestor(let fault): fault.headline(programName: programName)
    }
  }

  private var explanation: Explanation {
    switch self {
    case .words(let fault): fault.explanation
    case .options(let fault): fault.explanation
    case .values(let fault): fault.explanation
    case .ancestor(let fault): fault.explanation
    }
  }
}
