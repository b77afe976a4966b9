/// Text is read where it stands: these are the few questions that reading asks of bytes.
extension Span<UInt8> {
  func equals(_ text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    return text.withUTF8Buffer { other in
      for index in indices where self[index] != other[index] { return false }
      return true
    }
  }

  func firstIndex(of byte: UInt8) -> Int? {
    var index = 0
    while index < count {
      if self[index] == byte { return index }
      index += 1
    }
    return nil
  }

  func lastIndex(of byte: UInt8) -> Int? {
    var index = count
    while index > 0 {
      index -= 1
      if self[index] == byte { return index }
    }
    return nil
  }

  func allSatisfy(_ isMember: (UInt8) -> Bool) -> Bool {
    for index in indices where !isMember(self[index]) { return false }
    return true
  }

  /// The bytes as an array of their own.
  var copy: [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { buffer, length in
      for index in indices { buffer.initializeElement(at: index, to: self[index]) }
      length = count
    }
  }
}

/// A blank by C's isspace(3) in the C locale.
func isBlank(_ byte: UInt8) -> Bool {
  byte == UInt8(ascii: " ") || (0x09...0x0d).contains(byte)
}

func isDigit(_ byte: UInt8) -> Bool {
  (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
}
