internal import IPVSText

extension ByteString {
  /// Calls `body` with the text and a zero byte behind it.
  func withCString<Value>(_ body: (UnsafePointer<CChar>) -> Value) -> Value {
    body(bytes.map { CChar(bitPattern: $0) } + [0])
  }
}
