internal import Glibc
internal import IPVSRules

/// The object, the cause, and the remedy where a sync daemon was not started or stopped.
struct DaemonDetails {
  let errno: Int32

  func lines(for daemon: SyncDaemon, _ around: some HostInfo) -> [String] {
    let object = "daemon: \(daemon.role.wording) on interface \(daemon.interface)"
    switch errno {
    case ENODEV:
      let known = around.interfaces().joined(separator: " ")
      return [
        object,
        "cause: this network namespace has no interface \(daemon.interface); it has: \(known)",
        "remedy: name the one that carries sync messages with --mcast-interface",
      ]
    case EEXIST:
      return [
        object,
        "cause: a \(daemon.role.wording) daemon runs already; there can be one of each kind",
        "remedy: see 'ipvsadm -L --daemon'; stop it with --stop-daemon \(daemon.role.wording)",
      ]
    case EINVAL:
      return [
        object,
        "cause: a server of another address family than its service cannot be synchronized, or",
        "  the multicast group does not fit the interface",
        "remedy: remove such servers, or name another group with --mcast-group",
      ]
    default:
      return [
        object,
        "cause: the kernel answered with error \(errno) (\(SystemError(errno: errno).description))",
        "remedy: see the kernel's log (dmesg) for the reason",
      ]
    }
  }

  func lines(forStopping role: SyncDaemon.Role) -> [String] {
    [
      "daemon: \(role.wording)",
      errno == ESRCH
        ? "cause: no \(role.wording) daemon runs in this network namespace"
        : "cause: \(SystemError(errno: errno).description)",
      "remedy: see 'ipvsadm -L --daemon' for those that run",
    ]
  }
}
