// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses
import IPVSNumbers

/// A real server of a virtual service: where packets go to, and how many.
public struct RealServer: Hashable, Sendable {
  /// What identifies it among the servers of its service.
  public var endpoint: Endpoint

  /// How packets reach it.
  public var forwarding: ForwardingMethod

  /// Only of effect where `forwarding` is tunneling; the kernel keeps it for all methods.
  public var tunnel: Tunnel

  /// Its share of new connections.
  public var weight: Weight

  /// The server gets no new connection while it has this many or more. 0: no limit.
  public var upperThreshold: UInt32

  /// After the upper threshold was reached, the server gets new connections again when it has fewer
  /// than this. 0: three quarters of the upper threshold.
  public var lowerThreshold: UInt32

  /// Makes a server of its settings; the defaults are those of ipvsadm(8).
  public init(
    _ endpoint: Endpoint, forwarding: ForwardingMethod = .directRouting, tunnel: Tunnel = Tunnel(),
    weight: Weight = .one, upperThreshold: UInt32 = 0, lowerThreshold: UInt32 = 0
  ) {
    self.endpoint = endpoint
    self.forwarding = forwarding
    self.tunnel = tunnel
    self.weight = weight
    self.upperThreshold = upperThreshold
    self.lowerThreshold = lowerThreshold
  }
}

extension RealServer {
  /// Whether a server that is there does what this one asks for.
  ///
  /// The kernel gives servers at addresses of its own machine, and those of cache clusters, a method of
  /// its own in place of the one that was asked for; a tunnel means something with `tunneling` only.
  public func isSame(as present: RealServer) -> Bool {
    var wanted = self
    if present.forwarding == .local || present.forwarding == .bypass {
      wanted.forwarding = present.forwarding
    }
    if wanted.forwarding != .tunneling { wanted.tunnel = present.tunnel }
    return wanted == present
  }
}

extension RealServer: CustomStringConvertible {
  /// `172.16.0.3:8000, masquerading, weight 2`, and thresholds where there are any.
  public var description: String {
    var text = "\(endpoint), \(forwarding)"
    if forwarding == .tunneling { text += " by \(tunnel)" }
    text += ", weight \(weight)"
    if upperThreshold != 0 { text += ", upper threshold \(upperThreshold)" }
    if lowerThreshold != 0 { text += ", lower threshold \(lowerThreshold)" }
    return text
  }
}

/// The share of new connections that a real server gets, in proportion to the weights of the others.
///
/// A server of weight 0 is *quiesced*: it gets no new connections, and keeps those that it has
/// (ipvsadm(8), `--weight`).
public struct Weight: Hashable, Sendable {
  /// 0...2147483647.
  public let value: Int32

  /// The default.
  public static let one = Weight(unchecked: 1)

  /// No new connections.
  public static let quiesced = Weight(unchecked: 0)

  /// Nil unless `value` is in 0...2147483647.
  public init?(_ value: some BinaryInteger) {
    guard let value = Int32(exactly: value), value >= 0 else { return nil }
    self.value = value
  }

  private init(unchecked value: Int32) {
    self.value = value
  }
}

extension Weight: Comparable, CustomStringConvertible {
  /// By size.
  public static func < (left: Weight, right: Weight) -> Bool { left.value < right.value }

  /// The number in decimal digits.
  public var description: String { String(value) }
}

/// How packets reach a real server, by its number in the kernel (`IP_VS_CONN_F_FWD_MASK`).
public struct ForwardingMethod: RawRepresentable, Hashable, Sendable {
  /// The number. Any number that a kernel reports is kept.
  public let rawValue: UInt32

  /// The method of this number.
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// Network address translation (`--masquerading`).
  public static let masquerading = ForwardingMethod(rawValue: ForwardingNumber.masquerading)

  /// To the director itself. The kernel sets it by itself; no option asks for it.
  public static let local = ForwardingMethod(rawValue: ForwardingNumber.local)

  /// In a tunnel (`--ipip`).
  public static let tunneling = ForwardingMethod(rawValue: ForwardingNumber.tunneling)

  /// Direct routing: unchanged, to the link address of the server (`--gatewaying`).
  public static let directRouting = ForwardingMethod(rawValue: ForwardingNumber.directRouting)

  /// To the original destination of the client's packet. The kernel sets it by itself, for cache
  /// clusters.
  public static let bypass = ForwardingMethod(rawValue: ForwardingNumber.bypass)
}

extension ForwardingMethod: CustomStringConvertible {
  /// `masquerading`, `direct routing`, ...; the number where it has no name.
  public var description: String {
    switch self {
    case .masquerading: "masquerading"
    case .local: "local"
    case .tunneling: "tunneling"
    case .directRouting: "direct routing"
    case .bypass: "bypass"
    default: "forwarding method \(rawValue)"
    }
  }
}

/// How packets are encapsulated for a real server at the other end of a tunnel (ipvsadm(8),
/// `--tun-type`).
public struct Tunnel: Hashable, Sendable {
  /// The encapsulation, by its number in the kernel (`IP_VS_CONN_F_TUNNEL_TYPE_*`).
  public struct Kind: RawRepresentable, Hashable, Sendable {
    /// The number. Any number that a kernel reports is kept.
    public let rawValue: UInt8

    /// The encapsulation of this number.
    public init(rawValue: UInt8) {
      self.rawValue = rawValue
    }

    /// IP in IP (RFC 2003, RFC 2473).
    public static let ipip = Kind(rawValue: TunnelNumber.ipip)

    /// Generic UDP Encapsulation.
    public static let gue = Kind(rawValue: TunnelNumber.gue)

    /// Generic Routing Encapsulation (RFC 2784).
    public static let gre = Kind(rawValue: TunnelNumber.gre)
  }

  /// How the outer header is checksummed (`IP_VS_TUNNEL_ENCAP_FLAG_*`).
  public struct Flags: OptionSet, Hashable, Sendable {
    /// The bits. Any bits that a kernel reports are kept.
    public let rawValue: UInt16

    /// The flags of these bits.
    public init(rawValue: UInt16) {
      self.rawValue = rawValue
    }

    /// The outer header has a checksum.
    public static let checksum = Flags(rawValue: TunnelBit.checksum)

    /// The inner checksum is computed by the receiver (GUE only).
    public static let remoteChecksum = Flags(rawValue: TunnelBit.remoteChecksum)
  }

  /// The encapsulation.
  public var kind: Kind

  /// The UDP port of a GUE tunnel, in host order; 0 for the others.
  public var port: UInt16

  /// How the outer header is checksummed; none for IPIP.
  public var flags: Flags

  /// Makes the settings of a tunnel; the default is IPIP.
  public init(_ kind: Kind = .ipip, port: UInt16 = 0, flags: Flags = []) {
    self.kind = kind
    self.port = port
    self.flags = flags
  }
}

extension Tunnel: CustomStringConvertible {
  /// `ipip`, `gue at port 6080 with checksum`, ...
  public var description: String {
    var text =
      switch kind {
      case .ipip: "ipip"
      case .gue: "gue at port \(port)"
      case .gre: "gre"
      default: "tunnel type \(kind.rawValue)"
      }
    if flags.contains(.checksum) { text += " with checksum" }
    if flags.contains(.remoteChecksum) { text += " with remote checksum" }
    return text
  }
}
