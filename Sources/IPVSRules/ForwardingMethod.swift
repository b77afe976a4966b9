/// How packets reach a real server, by its number in the kernel (`IP_VS_CONN_F_FWD_MASK`).
public struct ForwardingMethod: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// Network address translation (`--masquerading`).
  public static let masquerading = ForwardingMethod(rawValue: 0)

  /// To the director itself. The kernel finds that out by itself; no option asks for it.
  public static let local = ForwardingMethod(rawValue: 1)

  /// In a tunnel (`--ipip`).
  public static let tunneling = ForwardingMethod(rawValue: 2)

  /// Direct routing: unchanged, to the link address of the server (`--gatewaying`).
  public static let directRouting = ForwardingMethod(rawValue: 3)

  /// To where the client's packet was addressed anyway. The kernel's own, for cache clusters.
  public static let bypass = ForwardingMethod(rawValue: 4)
}
