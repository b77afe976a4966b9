// SPDX-License-Identifier: Apache-2.0

public import IPVSText

/// Why a path cannot be served.
public enum ListenerError: Error, Hashable, Sendable {
  /// The path is longer than the `limit` bytes that the address of a socket holds.
  case tooLong(ByteString, limit: Int)

  /// Another process listens there, or has claimed the path.
  case inUse(ByteString)

  /// There is a file that is not a socket. It is left alone.
  case notASocket(ByteString)

  /// The socket that was passed to this process cannot serve the path.
  case unusable(ByteString, InheritedSocket.Fault)

  /// A system call failed.
  case refused(ByteString, errno: Int32)
}
