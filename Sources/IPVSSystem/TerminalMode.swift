// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// How a terminal passes on what is typed (termios(3)).
public struct TerminalMode: ~Copyable {
  private let file: FileDescriptor
  private let former: termios

  /// The present mode of a terminal; nil where the file is none.
  public init?(of file: FileDescriptor) {
    var mode = termios()
    guard tcgetattr(file.number, &mode) == 0 else { return nil }
    self.file = file
    former = mode
  }

  /// Passes on each key at once, without showing it. Keys that send signals still do.
  public func readKeys() {
    var mode = former
    mode.c_lflag &= ~tcflag_t(ICANON | ECHO)
    tcsetattr(file.number, TCSANOW, &mode)
  }

  /// Goes back to the mode as it was.
  public func restore() {
    var mode = former
    tcsetattr(file.number, TCSANOW, &mode)
  }
}

/// What the environment says of a terminal.
public enum TerminalKind {
  /// Whether lines can be written anew: TERM names a terminal, and not `dumb`.
  public static var hasScreen: Bool {
    guard let kind = getenv("TERM") else { return false }
    return kind.pointee != 0 && strcmp(kind, "dumb") != 0
  }

  /// Whether the user wants no colors (no-color.org).
  public static var isColorless: Bool {
    guard let value = getenv("NO_COLOR") else { return false }
    return value.pointee != 0
  }
}
