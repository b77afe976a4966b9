internal import Glibc
internal import IPVSClient
internal import IPVSNetlinkFormat
internal import IPVSSockets
internal import IPVSText

/// What is said when the director does not answer, or not with what was asked for.
enum DirectorErrorText {
  /// Where there is no IPVS that this process may talk to.
  static func initialization(
    _ error: DirectorError, engine: ByteString?, _ around: some HostInfo = LocalHostInfo()
  ) -> Diagnostic {
    switch error {
    case .ipvsAbsent(let loader):
      // The original goes on to a raw socket here, and reports what that answers.
      let reason = around.isRoot ? ENOPROTOOPT : EPERM
      return initialization(reason, engine == nil ? absence(loader) : unreachable(engine))
    case .refused(let errno):
      return initialization(errno, errno == EPERM ? permission(around) : [])
    case .rejected(let rejected):
      return initialization(.refused(errno: rejected.errno), engine: engine, around)
    case .unreachable(.refused(let errno)):
      return initialization(errno, unreachable(engine))
    case .unreachable, .socket, .answer, .tableUnreadable:
      return initialization(EINVAL, lines(for: error))
    }
  }

  /// Whether the error means that this process may not talk to IPVS at all.
  static func isInitialization(_ error: DirectorError) -> Bool {
    switch error {
    case .ipvsAbsent, .unreachable, .refused(errno: EPERM): true
    case .rejected(let rejected): rejected.errno == EPERM
    case .refused, .socket, .answer, .tableUnreadable: false
    }
  }

  /// Where a question was refused, or a request failed otherwise. The original has one line for all
  /// that is not the kernel's own answer.
  static func exchange(_ error: DirectorError) -> Diagnostic {
    if case .rejected(let rejected) = error { return exchange(.refused(errno: rejected.errno)) }
    let errno = if case .refused(let errno) = error { errno } else { EINVAL }
    return Diagnostic(
      RejectionText.headline(errno, for: .other), lines(for: error).map { ByteString($0) })
  }

  private static func initialization(_ errno: Int32, _ details: [String]) -> Diagnostic {
    let headline = ByteString { text in
      text.append("Can't initialize ipvs: ")
      text.append(RejectionText.headline(errno, for: .other))
      text.append("\nAre you sure that IP Virtual Server is built in the kernel or as module?")
    }
    return Diagnostic(headline, details.map { ByteString($0) })
  }

  private static func absence(_ loader: ByteString?) -> [String] {
    var lines = ["cause: this kernel has no IPVS: its module ip_vs is neither loaded nor built in"]
    if let loader {
      lines += loader.bytes.split(separator: UInt8(ascii: "\n")).map {
        String(decoding: $0, as: UTF8.self)
      }
    }
    return lines + [
      "remedy: install the modules of the kernel that runs (uname -r) and try 'modprobe ip_vs' as "
        + "root; in a container, load it on the host"
    ]
  }

  private static func unreachable(_ engine: ByteString?) -> [String] {
    guard let engine else { return ["cause: the system has no netlink socket for this process"] }
    return [
      "engine: \(engine)",
      "cause: no engine of IPVS answers on this socket",
      "remedy: start one there, or leave --engine and IPVSADM_ENGINE out to reach the kernel",
    ]
  }

  private static func permission(_ around: some HostInfo) -> [String] {
    around.isInUserNamespace
      ? [
        "cause: this process is in a user namespace; IPVS asks for CAP_NET_ADMIN in the first one",
        "remedy: run it on the host, in the network namespace whose rules are meant (nsenter -n)",
      ]
      : [
        "cause: reading and changing the table takes the capability CAP_NET_ADMIN",
        "remedy: run it as root, e.g. with sudo",
      ]
  }

  private static func lines(for error: DirectorError) -> [String] {
    switch error {
    case .ipvsAbsent(let loader): absence(loader)
    case .refused(let errno):
      [
        "cause: the kernel answered with error \(errno) (\(SystemError(errno: errno).description))",
        "remedy: see the kernel's log (dmesg) for the reason",
      ]
    case .rejected(let rejected): lines(for: DirectorError.refused(errno: rejected.errno))
    case .socket(let error), .unreachable(let error): lines(for: error)
    case .answer(let error):
      [
        "cause: the kernel's answer does not follow the rules of IPVS: \(wording(error))",
        "remedy: this looks like a fault of the kernel or of this program; please report it",
      ]
    case .tableUnreadable(let attempts, let last):
      [
        "cause: the table could not be read whole in \(attempts) attempts: \(wording(last))",
        "remedy: try again when fewer changes are made at the same time; nothing was shown",
      ]
    }
  }

  private static func lines(for error: SocketError) -> [String] {
    switch error {
    case .refused(let errno):
      [
        "cause: the socket failed: \(SystemError(errno: errno).description)",
        "remedy: see 'ipvsadm -Ln' for what is there, and the kernel's log (dmesg) for the reason",
      ]
    case .familyAbsent: absence(nil)
    case .silence:
      [
        "cause: no answer came in time; it is not known whether the change was made",
        "remedy: see 'ipvsadm -Ln' for what is there",
      ]
    case .overrun:
      [
        "cause: answers were lost, the receive buffer was full; it is not known which changes were "
          + "made",
        "remedy: see 'ipvsadm -Ln' for what is there",
      ]
    case .malformed:
      [
        "cause: what came back is no answer of netlink",
        "remedy: this looks like a fault of the other end; see 'ipvsadm -Ln' for what is there",
      ]
    case .interrupted: ["cause: the table changed while it was read", "remedy: try again"]
    case .closed:
      [
        "cause: the other end closed the connection",
        "remedy: see whether the engine still runs, and 'ipvsadm -Ln' for what is there",
      ]
    }
  }

  private static func wording(_ failure: DirectorError.DumpFailure) -> String {
    switch failure {
    case .socket(.interrupted): "it changed each time"
    case .socket(.overrun): "answers were lost"
    case .socket: "what came back is no answer of netlink"
    case .answer(let error): wording(error)
    case .ended(let errno): "the kernel broke off: \(SystemError(errno: errno).description)"
    }
  }

  private static func wording(_ error: NetlinkFormatError) -> String {
    switch error {
    case .attributeLength(let type, let claimed, let available):
      "attribute \(type) claims \(claimed) bytes of \(available)"
    case .attributeTooShort(let type, let needed, let available):
      "attribute \(type) has \(available) bytes of \(needed)"
    case .messageLength(let claimed, let available):
      "a message claims \(claimed) bytes of \(available)"
    case .attributeMissing(let type, let nest):
      "attribute \(type) is missing in \(nest)"
    case .valueUnknown(let type, let value):
      "attribute \(type) has value \(value)"
    case .commandUnexpected(let command):
      "unexpected command \(command)"
    }
  }
}
