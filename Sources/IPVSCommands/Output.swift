public import IPVSText

/// Standard output and error of one run. A write that fails is remembered, not lost.
public final class Output {
  private let output: FileDescriptor
  private let errors: FileDescriptor

  /// Why a write failed, where one did; nothing is printed after that.
  public private(set) var failure: SystemError?

  /// How many complaints there were.
  public private(set) var complaints = 0

  public init(output: FileDescriptor = .standardOutput, errors: FileDescriptor = .standardError) {
    self.output = output
    self.errors = errors
  }

  public func print(_ text: TextBuffer) {
    guard failure == nil else { return }
    do { try output.write(text.bytes) } catch { failure = error }
  }

  public func report(_ diagnostic: Diagnostic) {
    report(ByteString(diagnostic.text.bytes))
  }

  /// Nobody can be told where even this fails.
  func report(_ message: ByteString) {
    complaints += 1
    try? errors.write(message.bytes)
  }
}
