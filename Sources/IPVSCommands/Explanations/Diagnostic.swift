public import IPVSText

/// What a user is told when something fails: the line that ipvsadm 1.31 prints, which scripts match,
/// and below it what a person needs.
public struct Diagnostic: Hashable, Sendable {
  /// One or more lines that begin in the first column.
  public var headline: ByteString

  /// Lines that name the object, the cause, and the remedy. Each is printed after two blanks.
  public var details: [ByteString]

  public init(_ headline: ByteString, _ details: [ByteString] = []) {
    self.headline = headline
    self.details = details
  }

  package var text: TextBuffer {
    var text = TextBuffer()
    text.append(headline)
    text.append(byte: UInt8(ascii: "\n"))
    for detail in details {
      text.append("  ")
      text.append(detail)
      text.append(byte: UInt8(ascii: "\n"))
    }
    return text
  }
}
