// SPDX-License-Identifier: Apache-2.0

/// A key that a person presses at a terminal.
package enum Key: Hashable, Sendable {
  /// A key with a character of ASCII.
  case character(Character)
  case up
  case down
  case pageUp
  case pageDown
  case home
  case end
}

/// Makes keys of the bytes that a terminal sends (the sequences that xterm, tmux, and the Linux console
/// share). A sequence may come in pieces.
package struct KeyDecoder: Sendable {
  private enum State {
    case plain
    case escape

    /// Behind `ESC [` or `ESC O`, with the number in it.
    case sequence(Int)
  }

  private var state = State.plain

  package init() {}

  /// The keys that bytes complete. Unknown keys are none.
  package mutating func keys(in bytes: some Sequence<UInt8>) -> [Key] {
    bytes.compactMap { take($0) }
  }

  private mutating func take(_ byte: UInt8) -> Key? {
    switch (state, byte) {
    case (_, 0x1b): state = .escape
    case (.escape, UInt8(ascii: "[")), (.escape, UInt8(ascii: "O")): state = .sequence(0)
    case (.plain, _), (.escape, _):
      state = .plain
      return 0x20...0x7e ~= byte ? .character(Character(Unicode.Scalar(byte))) : nil
    case (.sequence(let number), UInt8(ascii: "0")...UInt8(ascii: "9")):
      state = .sequence(min(number * 10 + Int(byte) - 0x30, 1000))
    case (.sequence, UInt8(ascii: ";")): state = .sequence(1000)
    case (.sequence(let number), _):
      state = .plain
      return key(number, byte)
    }
    return nil
  }

  private func key(_ number: Int, _ last: UInt8) -> Key? {
    switch (last, number) {
    case (UInt8(ascii: "A"), 0): .up
    case (UInt8(ascii: "B"), 0): .down
    case (UInt8(ascii: "H"), 0), (UInt8(ascii: "~"), 1), (UInt8(ascii: "~"), 7): .home
    case (UInt8(ascii: "F"), 0), (UInt8(ascii: "~"), 4), (UInt8(ascii: "~"), 8): .end
    case (UInt8(ascii: "~"), 5): .pageUp
    case (UInt8(ascii: "~"), 6): .pageDown
    default: nil
    }
  }
}
