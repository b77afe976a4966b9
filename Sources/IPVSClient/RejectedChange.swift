// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSAddresses
public import IPVSRules

/// A change that the director refused, and why.
public struct RejectedChange: Hashable, Sendable {
  /// Its index among the changes that were asked for together.
  public let index: Int

  /// What was asked.
  public let change: Change

  /// The kernel's reason, such as ENOENT. `reason` has it in words.
  public let errno: Int32

  /// Makes a rejection of its parts.
  public init(index: Int = 0, _ change: Change, errno: Int32) {
    self.index = index
    self.change = change
    self.errno = errno
  }

  /// The meaning of the errno for this change, in words: `the service has this server already`.
  public var reason: String { change.reason(for: errno) ?? ErrnoText.words(errno) }
}

extension RejectedChange: CustomStringConvertible {
  /// The change and the reason: `cannot add server 172.16.0.2:80, masquerading, weight 1 to service
  /// TCP 202.103.106.5:80: the service has this server already (EEXIST)`.
  public var description: String {
    "cannot \(change): \(reason) (\(ErrnoText.name(errno)))"
  }
}

/// A request of a batch that was refused. Batches keep their requests as bytes only, so that there is
/// no change to show.
package struct RejectedRequest: Hashable, Sendable {
  /// Its index in the batch.
  package let index: Int

  /// The kernel's reason, such as ENOENT.
  package let errno: Int32

  package init(index: Int, errno: Int32) {
    self.index = index
    self.errno = errno
  }
}

/// The texts of the system for its error numbers.
package enum ErrnoText {
  /// Those that IPVS answers with.
  private static let names: [(errno: Int32, name: String)] = [
    (EPERM, "EPERM"), (ENOENT, "ENOENT"), (ESRCH, "ESRCH"), (EIO, "EIO"), (ENOMEM, "ENOMEM"),
    (EEXIST, "EEXIST"), (ENODEV, "ENODEV"), (EINVAL, "EINVAL"), (ERANGE, "ERANGE"),
    (EMSGSIZE, "EMSGSIZE"), (ENOPROTOOPT, "ENOPROTOOPT"), (EOPNOTSUPP, "EOPNOTSUPP"),
    (EAFNOSUPPORT, "EAFNOSUPPORT"), (EADDRNOTAVAIL, "EADDRNOTAVAIL"), (ENOBUFS, "ENOBUFS"),
  ]

  /// The symbol: `ENOENT`; the number where it has none here.
  package static func name(_ errno: Int32) -> String {
    names.first { $0.errno == errno }?.name ?? "error \(errno)"
  }

  /// The words of strerror(3), and for EPERM what is needed.
  static func words(_ errno: Int32) -> String {
    errno == EPERM
      ? "reading and changing the table takes the capability CAP_NET_ADMIN"
      : String(cString: strerror(errno))
  }
}

extension Change {
  /// What an errno means as the answer to this change; nil where that does not depend on the change.
  fileprivate func reason(for errno: Int32) -> String? {
    switch (self, errno) {
    case (.addService, EEXIST): "the table has this service already"
    case (.addService(let service), ENOENT), (.editService(let service), ENOENT):
      service.engine.map {
        "there is no scheduler \(service.scheduler), or no persistence engine \($0)"
      } ?? "there is no scheduler \(service.scheduler)"
    case (.addServer, EEXIST): "the service has this server already"
    case (.addServer(let server, to: _), ERANGE), (.editServer(let server, of: _), ERANGE):
      "lower threshold \(server.lowerThreshold) is above upper threshold \(server.upperThreshold)"
    case (.addServer(let server, to: let identity), EINVAL),
      (.editServer(let server, of: let identity), EINVAL):
      server.fault(in: identity)
    case (.editServer, ENOENT), (.deleteServer, ENOENT):
      "the service has no server at this endpoint"
    case (.setTimeouts, EINVAL): "a timeout is more clock ticks than the kernel can count"
    case (.startDaemon(let daemon), EEXIST): "a \(daemon.role) daemon runs already"
    case (.startDaemon(let daemon), ENODEV): "there is no network interface \(daemon.interface)"
    case (.startDaemon, EINVAL):
      "a server is of another address family than its service, or the multicast group does not fit "
        + "the interface"
    case (.stopDaemon(let role, _), ESRCH): "no \(role) daemon runs"
    case (_, ESRCH): "the table has no such service"
    case (_, EAFNOSUPPORT): "the kernel has IPv6 switched off"
    default: nil
    }
  }
}

extension RealServer {
  /// The setting that the kernel takes for invalid (`ip_vs_new_dest`, `ip_vs_add_dest`).
  fileprivate func fault(in identity: ServiceIdentity) -> String {
    if forwarding == .tunneling, tunnel.kind == .gue, tunnel.port == 0 {
      return "a GUE tunnel needs a port"
    }
    if endpoint.address.family != identity.family {
      return "service and server are of different address families, which takes a tunnel and no "
        + "running sync daemon"
    }
    return "\(endpoint.address) is not the unicast address of a machine that has a route"
  }
}
