public import IPVSText

/// Why nobody can be served at a path.
public enum ListenerError: Error, Hashable, Sendable {
  /// The path is longer than the `limit` bytes that the address of a socket holds.
  case tooLong(ByteString, limit: Int)

  /// Another process serves there.
  case inUse(ByteString)

  /// There is something that is no socket, which is left alone.
  case notASocket(ByteString)

  /// The system refused.
  case refused(ByteString, errno: Int32)
}
