// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSAddresses
internal import IPVSClient
internal import IPVSGrammar
internal import IPVSListing
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSystem

/// A change or a question that IPVS rejected with an errno: what ipvsadm 1.31 says of it, then the
/// object, the cause, and the remedy.
struct Rejection {
  let errno: Int32
  let host: any HostInfo

  /// Nil: the table is not to be read.
  var table: (any TableReader)?

  /// The line that asked for it. Nil: it was no line of ipvsadm(8).
  var line: TypedLine?

  func diagnostic(of change: Change) -> Diagnostic {
    numbered(
      Diagnostic("\(RejectionHeadline.text(errno, for: change.call))", explanation(of: change))
    ).about(change.service, change.server?.description)
  }

  private func numbered(_ diagnostic: Diagnostic) -> Diagnostic {
    var diagnostic = diagnostic
    diagnostic.errno = ErrnoText.name(errno)
    return diagnostic
  }

  /// For a service that was to be listed.
  func diagnostic(ofReading identity: ServiceIdentity) -> Diagnostic {
    numbered(
      Diagnostic(
        "\(RejectionHeadline.text(errno, for: .readService))",
        (absence(of: identity, adding: nil) ?? otherCause).about("service: \(identity.wording)"))
    ).about(identity)
  }

  private func explanation(of change: Change) -> Explanation {
    switch change {
    case .addService(let service), .editService(let service):
      (explanation(of: service, change) ?? otherCause)
        .about("service: \(service.identity.wording)")
    case .deleteService(let identity), .zero(.some(let identity)):
      (absence(of: identity, adding: nil) ?? otherCause).about("service: \(identity.wording)")
    case .addServer(let server, to: let identity):
      (explanation(of: server, in: identity, isEdit: false) ?? otherCause)
        .about("real server: \(server.endpoint) of service \(identity.wording)")
    case .editServer(let server, of: let identity):
      (explanation(of: server, in: identity, isEdit: true) ?? otherCause)
        .about("real server: \(server.endpoint) of service \(identity.wording)")
    case .deleteServer(let endpoint, of: let identity):
      (absence(of: endpoint, in: identity) ?? otherCause)
        .about("real server: \(endpoint) of service \(identity.wording)")
    case .startDaemon(let daemon):
      (explanation(of: daemon) ?? otherCause)
        .about("daemon: \(daemon.role.wording) on interface \(daemon.interface)")
    case .stopDaemon(let role, _):
      (explanation(ofStopping: role) ?? otherCause).about("daemon: \(role.wording)")
    case .setTimeouts(let timeouts): explanation(of: timeouts) ?? otherCause
    case .flush, .zero(nil): otherCause
    }
  }

  /// `ipvsadm` with the options that lead to the IPVS that answered.
  var command: MessageText { host.peer.command }

  /// What is known where only the errno is.
  var otherCause: Explanation {
    if errno == ENOMEM {
      return Explanation(
        "\(host.peer.wording) found no memory for it",
        host.peer == .kernel
          ? "see 'free' and the kernel's log (dmesg); remove rules that are not needed"
          : "see 'free'; remove rules that are not needed")
    }
    return Explanation.otherAnswer(errno, of: host.peer)
  }

  private func explanation(of timeouts: Timeouts) -> Explanation? {
    guard errno == EINVAL else { return nil }
    let largest = max(timeouts.tcp, timeouts.tcpFin, timeouts.udp)
    return Explanation(
      "\(largest) seconds are more clock ticks than \(host.peer.wording) can count",
      "use smaller values; 0 keeps the present one"
    ).about(
      "timeouts: tcp \(timeouts.tcp), tcpfin \(timeouts.tcpFin), udp \(timeouts.udp) seconds")
  }
}

// Sync daemons.
extension Rejection {
  private func explanation(of daemon: SyncDaemon) -> Explanation? {
    let role = daemon.role.wording
    switch errno {
    case ENODEV: return absence(of: daemon)
    case EEXIST:
      return Explanation(
        "a \(role) daemon runs already; there can be one of each kind",
        "see '\(command) -L --daemon'; stop it with '\(command) --stop-daemon \(role)'")
    case EINVAL:
      return Explanation(
        "a server of another address family than its service cannot be synchronized, or the "
          + "multicast group does not fit the interface",
        "remove such servers, or name another group with --mcast-group")
    default: return nil
    }
  }

  private func absence(of daemon: SyncDaemon) -> Explanation {
    let remedy: MessageText = "name the one that carries sync messages with --mcast-interface"
    let known = host.interfaces().map { "; it has: \($0.joined(separator: " "))" } ?? ""
    switch host.peer {
    case .kernel:
      return Explanation(
        "this network namespace has no interface \(daemon.interface)\(known)", remedy)
    case .engine:
      return Explanation(
        "the network namespace of the engine has no interface \(daemon.interface)\(known)", remedy
      ).from(host.peer)
    }
  }

  private func explanation(ofStopping role: SyncDaemon.Role) -> Explanation? {
    guard errno == ESRCH else { return nil }
    return Explanation(
      host.peer == .kernel
        ? "no \(role.wording) daemon runs in this network namespace"
        : "the engine runs no \(role.wording) daemon",
      "see '\(command) -L --daemon' for those that run")
  }
}

extension Explanation {
  /// What is known of an errno that has no meaning of its own for the request.
  static func otherAnswer(_ errno: Int32, of peer: AnsweringPeer) -> Explanation {
    let cause: MessageText =
      "\(peer.wording) answered with error \(errno) (\(SystemError(errno: errno).description))"
    switch peer {
    case .kernel: return Explanation(cause, "see the kernel's log (dmesg) for the reason")
    case .engine:
      return Explanation(
        cause, "see what the engine writes on its standard error, and ipvs-engine(8)"
      ).from(peer)
    }
  }

  /// The same explanation with the engine that answered, if it is in another process.
  func from(_ peer: AnsweringPeer) -> Explanation {
    guard case .engine(let path?) = peer else { return self }
    return about("engine: \(path)")
  }
}

extension Diagnostic {
  /// With the service and the server that it is about, for JSON documents.
  func about(_ service: ServiceIdentity?, _ server: String? = nil) -> Diagnostic {
    var diagnostic = self
    diagnostic.service = service?.words
    diagnostic.server = server
    return diagnostic
  }
}
