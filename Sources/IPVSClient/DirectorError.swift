public import IPVSNetlinkFormat
public import IPVSSockets
public import IPVSText

/// Why the director did not answer, or not with what was asked for.
public enum DirectorError: Error, Hashable, Sendable {
  /// The kernel has no IPVS. `loader` is what modprobe(8) said when it was asked for `ip_vs`; nil
  /// where it said nothing.
  case ipvsAbsent(loader: ByteString?)

  /// There is no way to the director: the system refused a socket, or nobody answers at an engine's
  /// path.
  case unreachable(SocketError)

  /// The request was understood and not carried out, for the reason that `errno` names.
  case refused(errno: Int32)

  /// The socket failed, and it is not known whether requests under way were carried out.
  case socket(SocketError)

  /// An answer does not follow the rules of the IPVS family.
  case answer(NetlinkFormatError)

  /// A table could not be read whole in several attempts; `last` ended the last one.
  case tableUnreadable(attempts: Int, last: DumpFailure)

  /// What ended the reading of a table before its end.
  public enum DumpFailure: Error, Hashable, Sendable {
    case socket(SocketError)
    case answer(NetlinkFormatError)

    /// The kernel ended the dump with an error.
    case ended(errno: Int32)
  }
}
