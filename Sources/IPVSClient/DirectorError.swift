// SPDX-License-Identifier: Apache-2.0

public import IPVSNetlinkFormat
public import IPVSRules
public import IPVSSockets
public import IPVSText

/// Why the director did not answer, or did not do what was asked.
public enum DirectorError: Error, Hashable, Sendable {
  /// There is no IPVS. `loader` is what modprobe(8) printed when it was asked for `ip_vs`; nil where it
  /// printed nothing, or an engine was asked.
  case ipvsAbsent(loader: ByteString?)

  /// The director cannot be reached: the system refused a socket, or no engine answers at a path.
  case unreachable(SocketError)

  /// A request to read was refused, for the reason that `errno` names.
  case refused(errno: Int32)

  /// A change was refused. The case is indirect because every result that may be an error has room for
  /// the largest one: with a change in it, a short run takes a third more instructions.
  indirect case rejected(RejectedChange)

  /// The socket failed, and it is not known whether requests under way were carried out.
  case socket(SocketError)

  /// An answer does not follow the rules of the IPVS family.
  case answer(NetlinkFormatError)

  /// A table could not be read whole in several attempts; `last` ended the last one.
  case tableUnreadable(attempts: Int, last: DumpFailure)

  /// The table changed each time that it was read; `Difference` is what the last two readings differed
  /// in. The case is indirect for the same reason as `rejected`.
  indirect case tableChanging(attempts: Int, Picture.Difference)

  /// What ended the reading of a table before its end.
  public enum DumpFailure: Error, Hashable, Sendable {
    /// The socket failed, or the table changed.
    case socket(SocketError)

    /// An entry does not follow the rules of the IPVS family.
    case answer(NetlinkFormatError)

    /// The kernel ended the dump with an error.
    case ended(errno: Int32)
  }
}

extension DirectorError: CustomStringConvertible {
  /// One line that names what failed, and the cause.
  public var description: String {
    switch self {
    case .ipvsAbsent(let loader):
      "there is no IPVS: the kernel's module ip_vs is not loaded, or the other end is not an engine"
        + (loader.map { " (modprobe: \($0))" } ?? "")
    case .unreachable(let error): "the director cannot be reached: \(error)"
    case .refused(let errno):
      "the director refused the request: \(ErrnoText.words(errno)) (\(ErrnoText.name(errno)))"
    case .rejected(let rejected): rejected.description
    case .socket(let error):
      "the exchange with the director failed, and it is not known what was carried out: \(error)"
    case .answer(let error): "an answer of the director is not valid: \(error)"
    case .tableUnreadable(let attempts, let last):
      "the table could not be read whole in \(attempts) attempts: \(last)"
    case .tableChanging(let attempts, let difference):
      "the table changed each of \(attempts) times that it was read: \(difference)"
    }
  }
}

extension DirectorError.DumpFailure: CustomStringConvertible {
  /// One line that names the cause.
  public var description: String {
    switch self {
    case .socket(let error): error.description
    case .answer(let error): "an entry is not valid: \(error)"
    case .ended(let errno):
      "the kernel broke off: \(ErrnoText.words(errno)) (\(ErrnoText.name(errno)))"
    }
  }
}
