public import IPVSAddresses

/// A thread of the kernel that sends the connections of a director to others, or receives them.
public struct SyncDaemon: Hashable, Sendable {
  /// Which end it is, by its number in the kernel (`IP_VS_STATE_*`).
  public enum Role: UInt32, Hashable, Sendable {
    case master = 1
    case backup = 2
  }

  public var role: Role
  public var interface: KernelName

  /// Directors take messages of their own number only; a backup with 0 takes all. The kernel sends
  /// eight bits of it.
  public var syncID: UInt32

  /// The most bytes in a sync message. Nil: what the kernel derives from the interface's MTU.
  public var maximumLength: UInt16?

  /// Nil: 224.0.0.81.
  public var group: IPAddress?

  /// The UDP port in host order. Nil: 8848.
  public var port: UInt16?

  /// Nil: 1.
  public var timeToLive: UInt8?

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
}
