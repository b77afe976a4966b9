// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses
internal import IPVSNumbers
public import IPVSText

/// The role in the synchronization of connections (`IP_VS_STATE_*`).
public enum DaemonRole: UInt32, Hashable, Sendable, CaseIterable {
  /// Sends the director's connections.
  case master = 1

  /// Receives those of other directors.
  case backup = 2
}

/// The settings of a sync daemon. In a request, nil and 0 ask for the default.
public struct DaemonSettings: Hashable, Sendable {
  /// The name of the network interface that sync messages pass.
  public var interface: ByteString

  /// The number that sync messages carry, 0...255. A backup daemon takes messages of its own number only;
  /// with 0, of all.
  public var syncID: UInt32

  /// The largest size of a sync message in bytes, without the UDP header; 0 for what the interface's MTU
  /// allows.
  public var maximumLength: UInt16

  /// The multicast group; nil for 224.0.0.81.
  public var group: IPAddress?

  /// The UDP port in host order; 0 for 8848.
  public var port: UInt16

  /// The time to live of sync messages; 0 for 1.
  public var timeToLive: UInt8

  /// Settings of these values.
  public init(
    interface: ByteString, syncID: UInt32, maximumLength: UInt16 = 0, group: IPAddress? = nil,
    port: UInt16 = 0, timeToLive: UInt8 = 0
  ) {
    self.interface = interface
    self.syncID = syncID
    self.maximumLength = maximumLength
    self.group = group
    self.port = port
    self.timeToLive = timeToLive
  }

  /// The length of the IP header and the UDP header.
  private var headerLength: UInt32 { group?.family == .ipv6 ? 48 : 28 }

  /// The settings with the kernel's defaults and limits (ip_vs_sync.c, `start_sync_thread`).
  fileprivate func completed(for role: DaemonRole?, mtu: UInt32) -> DaemonSettings {
    var settings = self
    let most = 65535 - headerLength
    let least: UInt32 = role == .backup ? 1024 : 1
    let derived = (role == .backup ? min(max(mtu, 1500), 65535) : 1500) - headerLength
    let length = maximumLength == 0 ? derived : min(max(UInt32(maximumLength), least), most)
    settings.maximumLength = UInt16(truncatingIfNeeded: length)
    settings.group = group ?? .v4(IPv4Address(SyncDefault.group))
    settings.port = port == 0 ? SyncDefault.port : port
    settings.timeToLive = timeToLive == 0 ? 1 : timeToLive
    return settings
  }
}

/// The interfaces of the director's machine.
public protocol Interfaces {
  /// The MTU of an interface in bytes; nil if there is no interface of this name.
  func mtu(of interface: ByteString) -> UInt32?
}

extension Balancer {
  /// Starts a sync daemon. It has no thread here: its settings are kept and listed.
  ///
  /// - Parameters:
  ///   - role: A number of `DaemonRole`; other numbers are rejected late, as in the kernel.
  ///   - settings: What the request asks for.
  ///   - interfaces: The interfaces of the machine.
  /// - Throws: EINVAL: the group is no group, or a server has another family than its service.
  ///   ENODEV: no such interface. EEXIST: it runs. EINVAL: no such role.
  public mutating func startDaemon(
    _ role: UInt32, _ settings: DaemonSettings, _ interfaces: any Interfaces
  ) throws(KernelError) {
    guard settings.group?.isMulticast != false, mixedServers == 0 else { throw .invalid }
    guard let mtu = interfaces.mtu(of: settings.interface) else { throw .interfaceAbsent }
    guard let role = DaemonRole(rawValue: role) else { throw .invalid }
    guard daemons[role] == nil else { throw .exists }
    daemons[role] = settings.completed(for: role, mtu: mtu)
  }

  /// Stops a sync daemon.
  ///
  /// - Throws: EINVAL: no such role. ESRCH: it does not run.
  public mutating func stopDaemon(_ role: UInt32) throws(KernelError) {
    guard let role = DaemonRole(rawValue: role) else { throw .invalid }
    guard daemons.removeValue(forKey: role) != nil else { throw .serviceAbsent }
  }

  /// The settings of a sync daemon; nil if it does not run.
  public func daemon(_ role: DaemonRole) -> DaemonSettings? { daemons[role] }
}
