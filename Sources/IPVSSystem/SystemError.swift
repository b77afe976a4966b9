// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A call of the system that failed.
public struct SystemError: Error, Hashable {
  public let errno: Int32

  public init(errno: Int32) {
    self.errno = errno
  }

  /// Whether the reader of a pipe, or the terminal, is gone.
  public var isHangup: Bool { errno == EPIPE || errno == EIO }

  /// Whether there is no such file.
  public var isAbsence: Bool { errno == ENOENT || errno == ENOTDIR }

  /// The system's own words.
  public var description: String { String(cString: strerror(errno)) }
}
