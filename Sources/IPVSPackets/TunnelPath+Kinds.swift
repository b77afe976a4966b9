public import IPVSAddresses

extension TunnelPath {
  /// What is between the outer IP header and the packet inside.
  enum Layout: Hashable {
    case none

    /// UDP and GUE (draft-ietf-intarea-gue), with room for a remote checksum offload or without.
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

  static let ipip: UInt8 = 0
  static let gue: UInt8 = 1
  static let gre: UInt8 = 2
  private static let checksumFlag: UInt16 = 1
  private static let remoteChecksumFlag: UInt16 = 2

  /// - Parameter checksum: of the packet inside: GUE can leave it to the other end to complete it.
  func layout(_ checksum: ChecksumState) -> Layout {
    let isRemote = flags & Self.remoteChecksumFlag != 0
    return switch kind {
    case Self.gue:
      .gue(
        checksum: isRemote || flags & Self.checksumFlag != 0,
        remote: isRemote && checksum == .partial)
    case Self.gre: .gre(checksum: flags & Self.checksumFlag != 0)
    default: .none
    }
  }

  /// Whether a partial checksum may stay one inside this tunnel, because the other end completes it.
  /// In all others it has to be completed first (`MutableRawSpan.completeChecksum`).
  public var takesPartialChecksums: Bool {
    kind == Self.gue && flags & Self.remoteChecksumFlag != 0
  }

  /// The bytes that such a tunnel puts before a packet: what a packet inside has less room by.
  ///
  /// - Parameters:
  ///   - family: of the outer header.
  ///   - checksum: of the packet inside.
  public func overhead(
    outer family: AddressFamily, _ checksum: ChecksumState = .complete
  ) -> Int {
    (family == .ipv4 ? 20 : 40) + layout(checksum).length
  }
}
