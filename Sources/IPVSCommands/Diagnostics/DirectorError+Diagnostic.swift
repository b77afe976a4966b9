// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSClient
internal import IPVSNetlinkFormat
internal import IPVSPrograms
internal import IPVSProtocol
internal import IPVSSockets
internal import IPVSSystem
internal import IPVSText

// What is said when IPVS does not answer, or not with what was asked for.
extension DirectorError {
  /// Whether this process may not talk to IPVS at all.
  var isInitialization: Bool {
    switch self {
    case .ipvsAbsent, .unreachable, .refused(errno: EPERM): true
    case .rejected(let rejected): rejected.errno == EPERM
    case .refused, .socket, .answer, .tableUnreadable, .tableChanging: false
    }
  }

  /// - Parameter host: Whom the request went to.
  func diagnostic(_ host: some HostInfo) -> Diagnostic {
    if case .rejected(let rejected) = self {
      return Self.refused(errno: rejected.errno).diagnostic(host)
    }
    if case .tableChanging = self {
      return Diagnostic("the table kept changing while it was read", explanation(host))
    }
    guard isInitialization else {
      // The original has one line for all that is not the kernel's own answer.
      let errno = if case .refused(let errno) = self { errno } else { EINVAL }
      return Diagnostic("\(RejectionHeadline.text(errno, for: .other))", explanation(host))
    }
    let reason = RejectionHeadline.text(initializationErrno(host), for: .other)
    return Diagnostic(
      """
      Can't initialize ipvs: \(reason)
      Are you sure that IP Virtual Server is built in the kernel or as module?
      """, initializationExplanation(host))
  }

  private func initializationErrno(_ host: some HostInfo) -> Int32 {
    switch self {
    case .refused(let errno), .unreachable(.refused(let errno)): errno
    case .rejected(let rejected): rejected.errno
    // The original goes on to a raw socket here, and reports what that answers.
    case .ipvsAbsent: host.isRoot ? ENOPROTOOPT : EPERM
    case .unreachable(.full): EUSERS
    case .unreachable, .socket, .answer, .tableUnreadable, .tableChanging: EINVAL
    }
  }

  private func initializationExplanation(_ host: some HostInfo) -> Explanation {
    switch (self, host.peer) {
    case (.ipvsAbsent(let loader), .kernel): .absence(loader)
    case (.ipvsAbsent, .engine):
      Explanation(
        "what answers there is no engine: it has no netlink family IPVS",
        "name the socket of an ipvs-engine"
      ).from(host.peer)
    case (.refused, .kernel): .missingRight(host)
    case (.refused, .engine):
      Explanation(
        "the engine does not let this user read or change its table",
        "run it as root, or as the user that the engine runs as"
      ).from(host.peer)
    case (.unreachable(.refused), .kernel):
      Explanation(
        "the system has no netlink socket for this process", "see the limits of the process")
    case (.unreachable(.refused(let errno)), .engine):
      Explanation.unreachable(errno).from(host.peer)
    default: explanation(host)
    }
  }

  private func explanation(_ host: some HostInfo) -> Explanation {
    switch self {
    case .ipvsAbsent(let loader): .absence(loader)
    case .refused(let errno): .otherAnswer(errno, of: host.peer)
    case .rejected(let rejected): .otherAnswer(rejected.errno, of: host.peer)
    case .socket(let error), .unreachable(let error): error.explanation(host.peer)
    case .answer(let error):
      Explanation(
        "the answer of \(host.peer.wording) does not follow the rules of IPVS: \(error)",
        "this looks like a fault of \(host.peer.wording) or of this program; please report it")
    case .tableUnreadable(let attempts, let last):
      Explanation(
        "the table could not be read whole in \(attempts) attempts: "
          + last.wording(host.peer),
        "try again when fewer changes are made at the same time; nothing was shown")
    case .tableChanging(let attempts, let difference):
      Explanation(
        "other programs changed \(difference) each of \(attempts) times that the table was read",
        "do this again when they are done; nothing was changed")
    }
  }
}

extension SocketError {
  fileprivate func explanation(_ peer: AnsweringPeer) -> Explanation {
    let listing: MessageText = "see '\(peer.command) -Ln' for what is there"
    switch self {
    case .refused(let errno):
      return Explanation(
        "the socket failed: \(SystemError(errno: errno).description)",
        peer == .kernel ? "\(listing), and the kernel's log (dmesg) for the reason" : listing)
    case .familyAbsent: return .absence(nil)
    case .silence:
      guard peer != .kernel else {
        return Explanation(
          "no answer came in time; it is not known whether the change was made", listing)
      }
      return Explanation(
        "the engine did not answer in time: it is stopped or busy; it is not known whether the "
          + "change was made",
        "when it answers again, \(listing)"
      ).from(peer)
    case .overrun:
      return Explanation(
        "answers were lost, the receive buffer was full; it is not known which changes were made",
        listing)
    case .malformed:
      return Explanation(
        "what came back is no answer of netlink",
        "this looks like a fault of the other end; \(listing)")
    case .full:
      return Explanation(
        "the engine is full: it serves \(EngineFamily.mostClients) clients at a time",
        "try again when one of them has ended; 'ss -xp' lists who is connected"
      ).from(peer)
    case .interrupted: return Explanation("the table changed while it was read", "try again")
    case .closed:
      return Explanation(
        "the other end closed the connection",
        "see whether the engine still runs, and '\(peer.command) -Ln' for what is there")
    }
  }
}

extension Explanation {
  fileprivate static func absence(_ loader: ByteString?) -> Explanation {
    var explanation = Explanation(
      "this kernel has no IPVS: its module ip_vs is neither loaded nor built in",
      "install the modules of the kernel that runs (uname -r) and try 'modprobe ip_vs' as root; in a "
        + "container, load it on the host")
    explanation.output = (loader?.bytes ?? []).split(separator: UInt8(ascii: "\n")).map {
      "\(ByteString($0))"
    }
    return explanation
  }

  fileprivate static func missingRight(_ host: some HostInfo) -> Explanation {
    host.isInUserNamespace
      ? Explanation(
        "this process is in a user namespace; IPVS asks for CAP_NET_ADMIN in the first one",
        "run it on the host, in the network namespace whose rules are meant (nsenter -n)")
      : Explanation(
        "reading and changing the table takes the capability CAP_NET_ADMIN",
        "run it as root, e.g. with sudo")
  }

  /// Why an engine's socket does not take a connection.
  fileprivate static func unreachable(_ errno: Int32) -> Explanation {
    let instead: MessageText = "leave --engine and IPVSADM_ENGINE out to reach the kernel"
    switch errno {
    case ENOENT:
      return Explanation(
        "there is no such file: no engine listens there", "start one there, or \(instead)")
    case ECONNREFUSED:
      return Explanation(
        "nothing listens on this socket: its engine has ended", "start one there, or \(instead)")
    case EACCES:
      return Explanation(
        "this user may not connect to the socket", "run it as the user that the engine runs as")
    case EPROTOTYPE:
      return Explanation(
        "the socket is of another type: no engine listens there",
        "name the socket of an ipvs-engine, or \(instead)")
    default:
      return Explanation(
        "no engine answers on this socket: \(SystemError(errno: errno).description)",
        "start one there, or \(instead)")
    }
  }
}

extension DirectorError.DumpFailure {
  fileprivate func wording(_ peer: AnsweringPeer) -> MessageText {
    switch self {
    case .socket(.interrupted): "it changed each time"
    case .socket(.overrun): "answers were lost"
    case .socket: "what came back is no answer of netlink"
    case .answer(let error): "\(error)"
    case .ended(let errno):
      "\(peer.wording) broke off: \(SystemError(errno: errno).description)"
    }
  }
}
