// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses
internal import IPVSNumbers

/// The director's end and the kind of a tunnel.
public struct TunnelPath: Hashable, Sendable {
  /// The director's end; the other is the next hop.
  public var source: UInt128

  /// A number of `TunnelNumber`; others are IP in IP.
  public var kind: UInt8

  /// The UDP port of GUE in host order.
  public var port: UInt16

  /// Bits of `TunnelBit`.
  public var flags: UInt16

  /// Whether the outer header copies DF from an IPv4 packet inside (`pmtu_disc`).
  public var keepsDontFragment: Bool

  /// A tunnel of these values.
  public init(
    source: UInt128, kind: UInt8, port: UInt16, flags: UInt16, keepsDontFragment: Bool
  ) {
    self.source = source
    self.kind = kind
    self.port = port
    self.flags = flags
    self.keepsDontFragment = keepsDontFragment
  }
}

extension TunnelPath {
  /// The headers between the outer IP header and the packet inside.
  enum Layout: Hashable {
    case none

    /// UDP and GUE (draft-ietf-intarea-gue); `remote`: with the fields of a remote checksum offload.
    case gue(checksum: Bool, remote: Bool)

    /// RFC 2784
    case gre(checksum: Bool)

    var length: Int {
      switch self {
      case .none: 0
      case .gue(_, let remote): remote ? 20 : 12
      case .gre(let checksum): checksum ? 8 : 4
      }
    }
  }

  /// - Parameter checksum: That of the packet inside: GUE can leave it to the other end to complete it.
  func layout(_ checksum: ChecksumState) -> Layout {
    let isRemote = flags & TunnelBit.remoteChecksum != 0
    return switch kind {
    case TunnelNumber.gue:
      .gue(
        checksum: isRemote || flags & TunnelBit.checksum != 0,
        remote: isRemote && checksum == .partial)
    case TunnelNumber.gre: .gre(checksum: flags & TunnelBit.checksum != 0)
    default: .none
    }
  }

  /// Whether the packet inside may have a partial checksum, which the other end completes. In other
  /// tunnels it must be completed before (`MutableRawSpan.completeChecksum`).
  public var takesPartialChecksums: Bool {
    kind == TunnelNumber.gue && flags & TunnelBit.remoteChecksum != 0
  }

  /// The bytes that the tunnel prepends to a packet.
  ///
  /// - Parameters:
  ///   - family: That of the outer header.
  ///   - checksum: That of the packet inside.
  public func overhead(
    outer family: AddressFamily, _ checksum: ChecksumState = .complete
  ) -> Int {
    (family == .ipv4 ? 20 : 40) + layout(checksum).length
  }
}
