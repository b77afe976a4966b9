internal import Glibc
internal import IPVSAddresses
internal import IPVSRules
internal import IPVSText

/// What is said of a request that the kernel refused: its line of ipvsadm 1.31, then the object, the
/// cause, and the remedy.
struct RejectionExplanation {
  let errno: Int32
  let around: any HostInfo

  func diagnostic(of change: Change) -> Diagnostic {
    Diagnostic(
      RejectionText.headline(errno, for: change.call), lines(for: change).map { ByteString($0) })
  }

  /// For a service that was to be listed.
  func diagnostic(ofReading identity: ServiceIdentity) -> Diagnostic {
    let lines = object(identity) + absence(of: identity)
    return Diagnostic(
      RejectionText.headline(errno, for: .readService), lines.map { ByteString($0) })
  }

  private func lines(for change: Change) -> [String] {
    switch change {
    case .addService(let service), .editService(let service):
      object(service.identity) + serviceLines(service, change)
    case .deleteService(let identity), .zero(.some(let identity)):
      object(identity) + absence(of: identity)
    case .addServer(let server, to: let identity), .editServer(let server, of: let identity):
      object(server.endpoint, of: identity) + serverLines(server, of: identity)
    case .deleteServer(let endpoint, of: let identity):
      object(endpoint, of: identity) + absence(of: endpoint, in: identity, method: "")
    case .startDaemon(let daemon):
      DaemonDetails(errno: errno).lines(for: daemon, around)
    case .stopDaemon(let role, _):
      DaemonDetails(errno: errno).lines(forStopping: role)
    case .setTimeouts(let timeouts):
      timeoutLines(timeouts)
    case .flush, .zero(nil):
      otherCause()
    }
  }

  private func object(_ identity: ServiceIdentity) -> [String] {
    ["service: \(identity.wording)"]
  }

  private func object(_ endpoint: Endpoint, of identity: ServiceIdentity) -> [String] {
    ["real server: \(endpoint) of service \(identity.wording)"]
  }

  private func serviceLines(_ service: VirtualService, _ change: Change) -> [String] {
    switch errno {
    case EEXIST:
      [
        "cause: the table has this service already, and -A changes nothing that is there",
        "remedy: change it with -E, or remove it with -D first",
      ]
    case ESRCH: absence(of: service.identity)
    case ENOENT: SchedulerDetails.lines(for: service, around)
    case EAFNOSUPPORT: familyLines
    case EINVAL where service.scheduler.description == "mh":
      [
        "cause: scheduler mh takes no more real servers than its table has places (4093)",
        "remedy: use another scheduler for this service",
      ]
    default: otherCause()
    }
  }

  private func serverLines(
    _ server: RealServer, of identity: ServiceIdentity
  ) -> [String] {
    switch errno {
    case ESRCH: absence(of: identity)
    case ENOENT: absence(of: server.endpoint, in: identity, method: identity.portOption)
    case EEXIST:
      [
        "cause: the service has this real server already, and -a changes nothing that is there",
        "remedy: change it with -e, or remove it with -d first",
      ]
    case ERANGE: thresholdLines(server)
    case EAFNOSUPPORT: familyLines
    case EINVAL: ServerFaults.lines(for: server, of: identity)
    default: otherCause()
    }
  }

  private var familyLines: [String] {
    [
      "cause: the kernel has IPv6 switched off",
      "remedy: load its IPv6 module, or start it without ipv6.disable=1",
    ]
  }

  private func thresholdLines(_ server: RealServer) -> [String] {
    let upper = server.upperThreshold
    let lower = server.lowerThreshold
    return upper == 0
      ? [
        "cause: lower threshold \(lower) without an upper threshold",
        "remedy: give an upper threshold of \(lower) or more with -x",
      ]
      : [
        "cause: lower threshold \(lower) is above upper threshold \(upper)",
        "remedy: give -y a value of at most \(upper), or raise -x",
      ]
  }

  private func timeoutLines(_ timeouts: Timeouts) -> [String] {
    guard errno == EINVAL else { return otherCause() }
    let largest = max(timeouts.tcp, timeouts.tcpFin, timeouts.udp)
    return [
      "timeouts: tcp \(timeouts.tcp), tcpfin \(timeouts.tcpFin), udp \(timeouts.udp) seconds",
      "cause: \(largest) seconds are more clock ticks than the kernel can count",
      "remedy: use smaller values; 0 keeps the present one",
    ]
  }

  private func absence(of identity: ServiceIdentity) -> [String] {
    guard errno == ESRCH else { return otherCause() }
    var lines = ["cause: the table has no such service"]
    let similar = (around.services() ?? []).filter { $0.isSimilar(to: identity) }.sorted()
    if !similar.isEmpty {
      lines[0] += "; it has " + similar.prefix(3).map(\.wording).joined(separator: ", ")
    }
    lines.append("remedy: see 'ipvsadm -Ln' for what is there, or add the service with -A")
    return lines
  }

  /// - Parameter method: what else the line needs for a port of its own.
  private func absence(
    of endpoint: Endpoint, in identity: ServiceIdentity, method: String
  ) -> [String] {
    if errno == ESRCH { return absence(of: identity) }
    guard errno == ENOENT else { return otherCause() }
    let others = (around.servers(of: identity) ?? []).filter { $0.address == endpoint.address }
      .sorted()
    guard let first = others.first else {
      return [
        "cause: the service has no real server with this address and port",
        "remedy: see 'ipvsadm -Ln' for the servers that it has; name both address and port",
      ]
    }
    let known = others.prefix(3).map(\.description).joined(separator: ", ")
    return [
      "cause: the service has this address with another port: \(known)",
      "remedy: name the port: -r \(first)\(method)",
    ]
  }

  private func otherCause() -> [String] {
    errno == ENOMEM
      ? [
        "cause: the kernel found no memory for it",
        "remedy: see 'free' and the kernel's log (dmesg); remove rules that are not needed",
      ]
      : [
        "cause: the kernel answered with error \(errno) (\(SystemError(errno: errno).description))",
        "remedy: see the kernel's log (dmesg) for the reason",
      ]
  }
}

extension ServiceIdentity {
  /// What a server needs beside a port of its own: with -g and -i it has that of its service, if that
  /// has one.
  fileprivate var portOption: String {
    if case .endpoint = self { " -m" } else { "" }
  }

  /// Whether one may have been mistaken for the other: the same address, or the same mark.
  fileprivate func isSimilar(to other: ServiceIdentity) -> Bool {
    switch (self, other) {
    case (.endpoint(_, let left), .endpoint(_, let right)): left.address == right.address
    case (.mark(let left, _), .mark(let right, _)): left == right
    default: false
    }
  }
}
