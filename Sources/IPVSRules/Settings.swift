// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses
import IPVSNumbers

/// How long idle connections live, in seconds (ipvsadm(8), `--set`). The settings are those of a
/// network namespace.
public struct Timeouts: Hashable, Sendable {
  /// TCP connections in state ESTABLISHED. In a change, 0 keeps the present value.
  public var tcp: UInt32

  /// TCP connections in state FIN_WAIT. In a change, 0 keeps the present value.
  public var tcpFin: UInt32

  /// UDP connections. In a change, 0 keeps the present value.
  public var udp: UInt32

  /// Makes timeouts of their parts.
  public init(tcp: UInt32, tcpFin: UInt32, udp: UInt32) {
    self.tcp = tcp
    self.tcpFin = tcpFin
    self.udp = udp
  }

  /// The timeouts after a change to `new`, whose zeros keep the present values.
  func changed(to new: Timeouts) -> Timeouts {
    Timeouts(
      tcp: new.tcp == 0 ? tcp : new.tcp, tcpFin: new.tcpFin == 0 ? tcpFin : new.tcpFin,
      udp: new.udp == 0 ? udp : new.udp)
  }
}

extension Timeouts: CustomStringConvertible {
  /// `tcp 900 s, tcpfin 120 s, udp 300 s`.
  public var description: String { "tcp \(tcp) s, tcpfin \(tcpFin) s, udp \(udp) s" }
}

/// A thread of the kernel that sends the connections of a director to others, or receives them.
public struct SyncDaemon: Hashable, Sendable {
  /// Whether it sends or receives, by its number in the kernel (`IP_VS_STATE_*`).
  public enum Role: UInt32, Hashable, Sendable {
    /// Sends.
    case master = 1

    /// Receives.
    case backup = 2
  }

  /// Whether it sends or receives. There is at most one daemon of each role.
  public var role: Role

  /// The network interface that carries sync messages.
  public var interface: KernelName

  /// Directors accept messages of their own number only; a backup with 0 accepts all. The kernel
  /// sends eight bits of it.
  public var syncID: UInt32

  /// The most bytes in a sync message; nil for what the kernel derives from the interface's MTU.
  public var maximumLength: UInt16?

  /// The multicast group; nil for 224.0.0.81.
  public var group: IPAddress?

  /// The UDP port in host order; nil for 8848.
  public var port: UInt16?

  /// The time to live of sync messages; nil for 1.
  public var timeToLive: UInt8?

  /// Makes a daemon of its settings; the defaults are those of ipvsadm(8).
  public init(
    _ role: Role, interface: KernelName = .firstEthernet, syncID: UInt32 = 0,
    maximumLength: UInt16? = nil, group: IPAddress? = nil, port: UInt16? = nil,
    timeToLive: UInt8? = nil
  ) {
    self.role = role
    self.interface = interface
    self.syncID = syncID
    self.maximumLength = maximumLength
    self.group = group
    self.port = port
    self.timeToLive = timeToLive
  }

  /// Whether a running daemon has these settings. A nil of either is the kernel's default; a length
  /// that is nil on one side is that of the other, as the MTU is not known here.
  func isSame(as running: SyncDaemon) -> Bool {
    var wanted = completed
    var present = running.completed
    wanted.maximumLength = wanted.maximumLength ?? present.maximumLength
    present.maximumLength = present.maximumLength ?? wanted.maximumLength
    return wanted == present
  }

  /// The daemon with the kernel's defaults and limits (`start_sync_thread`).
  private var completed: SyncDaemon {
    var daemon = self
    daemon.group = group ?? .v4(IPv4Address(SyncDefault.group))
    daemon.port = port ?? SyncDefault.port
    daemon.timeToLive = timeToLive ?? 1
    let headers: UInt16 = group?.family == .ipv6 ? 48 : 28
    daemon.maximumLength = maximumLength.map {
      min(max($0, role == .backup ? 1024 : 1), 65535 - headers)
    }
    return daemon
  }
}

extension SyncDaemon: CustomStringConvertible {
  /// `master on eth0, sync ID 5`, and the other settings where they are known.
  public var description: String {
    var text = "\(role) on \(interface), sync ID \(syncID)"
    if let maximumLength { text += ", at most \(maximumLength) bytes" }
    if let group { text += ", group \(group)" }
    if let port { text += ", port \(port)" }
    if let timeToLive { text += ", ttl \(timeToLive)" }
    return text
  }
}

extension SyncDaemon.Role: CustomStringConvertible {
  /// `master` or `backup`.
  public var description: String {
    switch self {
    case .master: "master"
    case .backup: "backup"
    }
  }
}
