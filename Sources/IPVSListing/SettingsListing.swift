import IPVSAddresses
public import IPVSRules
public import IPVSText

extension TextBuffer {
  /// Appends the line of `ipvsadm --list --timeout`.
  public mutating func appendLine(_ timeouts: Timeouts) {
    append("Timeout (tcp tcpfin udp): ")
    append(timeouts.tcp)
    append(" ")
    append(timeouts.tcpFin)
    append(" ")
    append(timeouts.udp)
    append("\n")
  }

  /// Appends the lines of `ipvsadm --list --daemon`: the master's before the backup's; nothing where
  /// there is no daemon.
  public mutating func appendLines(_ daemons: [SyncDaemon]) {
    for role in [SyncDaemon.Role.master, .backup] {
      for daemon in daemons where daemon.role == role { appendLine(daemon) }
    }
  }

  /// What the kernel does not tell is left out.
  private mutating func appendLine(_ daemon: SyncDaemon) {
    append(daemon.role == .master ? "master" : "backup")
    append(" sync daemon (mcast=")
    append(daemon.interface.text)
    append(", syncid=")
    append(daemon.syncID)
    if let maximumLength = daemon.maximumLength {
      append(", maxlen=")
      append(maximumLength)
    }
    if let group = daemon.group {
      append(", group=")
      append(group)
    }
    if let port = daemon.port {
      append(", port=")
      append(port)
    }
    if let timeToLive = daemon.timeToLive {
      append(", ttl=")
      append(timeToLive)
    }
    append(")\n")
  }
}
