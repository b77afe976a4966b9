/// How packets are wrapped for a real server behind a tunnel (ipvsadm(8), `--tun-type`).
public struct Tunnel: Hashable, Sendable {
  /// The encapsulation, by its number in the kernel (`IP_VS_CONN_F_TUNNEL_TYPE_*`).
  public struct Kind: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) {
      self.rawValue = rawValue
    }

    public static let ipip = Kind(rawValue: 0)
    public static let gue = Kind(rawValue: 1)
    public static let gre = Kind(rawValue: 2)
  }

  /// How the outer header is checksummed (`IP_VS_TUNNEL_ENCAP_FLAG_*`).
  public struct Flags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt16

    public init(rawValue: UInt16) {
      self.rawValue = rawValue
    }

    public static let checksum = Flags(rawValue: 1)
    public static let remoteChecksum = Flags(rawValue: 2)
  }

  public var kind: Kind

  /// The UDP port of a GUE tunnel, in host order; 0 for the others.
  public var port: UInt16

  public var flags: Flags

  public init(_ kind: Kind = .ipip, port: UInt16 = 0, flags: Flags = []) {
    self.kind = kind
    self.port = port
    self.flags = flags
  }
}
