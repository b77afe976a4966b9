/// Flags of a virtual service beyond persistence (`IP_VS_SVC_F_*`).
public struct ServiceFlags: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// Each datagram is scheduled anew (ipvsadm(8), `--ops`).
  public static let onePacket = ServiceFlags(rawValue: 0x04)

  /// Three flags that each scheduler reads in its own way.
  public static let scheduler1 = ServiceFlags(rawValue: 0x08)
  public static let scheduler2 = ServiceFlags(rawValue: 0x10)
  public static let scheduler3 = ServiceFlags(rawValue: 0x20)

  /// sh and mh: choose another server where the first choice is unavailable.
  public static let fallback = scheduler1

  /// sh and mh: hash the client's port along with its address.
  public static let port = scheduler2
}
