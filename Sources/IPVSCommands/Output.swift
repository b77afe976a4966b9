internal import IPVSText

/// Standard output and error of one run. A write that fails is remembered, not lost.
final class Output {
  private let output: Descriptor
  private let errors: Descriptor
  private(set) var failure: SystemError?

  init(output: Descriptor = .standardOutput, errors: Descriptor = .standardError) {
    self.output = output
    self.errors = errors
  }

  func print(_ text: TextBuffer) {
    guard failure == nil else { return }
    do { try output.write(text.bytes) } catch { failure = error }
  }

  func complain(_ complaint: Complaint) {
    complain(ByteString(complaint.text.bytes))
  }

  /// Nobody can be told where even this fails.
  func complain(_ message: ByteString) {
    try? errors.write(message.bytes)
  }
}
