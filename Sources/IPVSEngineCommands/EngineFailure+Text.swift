// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSForwarding
internal import IPVSPrograms
internal import IPVSServing
internal import IPVSSystem
internal import IPVSText

extension EngineFailure {
  /// What a user is told.
  var diagnostic: Diagnostic {
    switch self {
    case .command(let word, let failure):
      Diagnostic("cannot run \(quoting: word)", cause: Self.words(for: failure.errno))
    case .rules(let file, let errno):
      Diagnostic("cannot read the rules", about: ["file: \(file)"], cause: Self.words(for: errno))
    case .rulesRefused(let file):
      Diagnostic(
        "did not start", about: ["file: \(file)"],
        cause: "not all of its rules could be carried out; the first lines say which")
    case .listener(let error): Self.diagnostic(of: error)
    case .account(let errno):
      Diagnostic(
        "cannot write the account", cause: Self.words(for: errno),
        remedy: "what was printed is not complete; print it to another place")
    case .capture(let error): Self.diagnostic(of: error)
    case .forwardingOff(let setting):
      Diagnostic(
        "packets of services will not come",
        cause: "the system passes no packets on: /proc/sys/\(setting) is 0",
        remedy: "echo 1 > /proc/sys/\(setting)")
    case .routingLost(let loss, let device): Self.diagnostic(of: loss, device)
    case .clientsWait(let errno):
      Diagnostic(
        "clients wait for others to end", cause: Self.words(for: errno),
        remedy: errno == EMFILE
          ? "let the process have more files open (ulimit -n): it serves 1000 clients at a time"
          : nil)
    case .packetsLost(let count):
      Diagnostic(
        count == 1 ? "a packet could not be sent" : "\(count) packets could not be sent",
        cause: "a queue was full, the device is down, or they were too long for their way",
        remedy: "find the interface that drops them: ip -s link; tc -s qdisc")
    case .packets(.device(let error)): Self.diagnostic(of: error)
    case .packets(.policyRouting(let error)): Self.diagnostic(of: error)
    case .notTold(let socket, let errno):
      Diagnostic(
        "cannot tell the service manager", about: ["NOTIFY_SOCKET: \(socket)"],
        cause: Self.words(for: errno))
    case .noDescriptors:
      Diagnostic(
        "cannot wait for signals", cause: Self.words(for: EMFILE),
        remedy: "let the process have more files open (ulimit -n)")
    }
  }

  private static func diagnostic(of error: ListenerError) -> Diagnostic {
    switch error {
    case .tooLong(let path, let limit):
      Diagnostic(
        "cannot listen", about: ["socket: \(path)"],
        cause: "the path has \(path.count) bytes; the address of a socket holds \(limit)",
        remedy: "take a shorter path, or a relative one")
    case .inUse(let path):
      Diagnostic(
        "cannot listen", about: ["socket: \(path)"], cause: "another process serves there",
        remedy: "end that one, or take another path")
    case .notASocket(let path):
      Diagnostic(
        "cannot listen", about: ["socket: \(path)"],
        cause: "there is something that is not a socket, which is left as it is",
        remedy: "take another path")
    case .unusable(let path, let fault): diagnostic(of: fault, at: path)
    case .refused(let path, let errno):
      Diagnostic("cannot listen", about: ["socket: \(path)"], cause: words(for: errno))
    }
  }

  /// What is said of descriptors that the service manager passed.
  private static func diagnostic(
    of fault: InheritedSocket.Fault, at path: ByteString
  ) -> Diagnostic {
    let cause: MessageText
    switch fault {
    case .several(let count):
      cause = "the service manager passed \(count) sockets; an engine serves at one"
    case .otherKind(let name):
      cause =
        "what the service manager passed as \(quoting: name) is no listening socket of type SOCK_SEQPACKET"
    case .elsewhere(let name, let other):
      let place: MessageText = other.map { "at \($0)" } ?? "at no path"
      cause = "the socket that the service manager passed as \(quoting: name) listens \(place)"
    }
    return Diagnostic(
      "cannot listen", about: ["socket: \(path)"], cause: cause,
      remedy: "in its unit, set ListenSequentialPacket=\(path) and nothing else that listens")
  }

  static func words(for errno: Int32) -> MessageText {
    "\(SystemError(errno: errno).description)"
  }
}
