// SPDX-License-Identifier: Apache-2.0

public import IPVSText

extension ByteString {
  /// Calls `body` with the text as C has it, with a zero byte at its end.
  public func withCString<Value>(_ body: (UnsafePointer<CChar>) -> Value) -> Value {
    body(bytes.map { CChar(bitPattern: $0) } + [0])
  }
}
