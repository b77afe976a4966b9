// SPDX-License-Identifier: Apache-2.0

/// The protocol of a virtual service, by its number in the IP header.
///
/// The kernel stores any number; packets only ever match TCP, UDP, and SCTP.
public struct TransportProtocol: RawRepresentable, Hashable, Sendable {
  /// The number. Any number that a kernel reports is kept.
  public let rawValue: UInt16

  /// The protocol of this number.
  public init(rawValue: UInt16) {
    self.rawValue = rawValue
  }

  /// Transmission Control Protocol.
  public static let tcp = TransportProtocol(rawValue: 6)

  /// User Datagram Protocol.
  public static let udp = TransportProtocol(rawValue: 17)

  /// Stream Control Transmission Protocol.
  public static let sctp = TransportProtocol(rawValue: 132)
}

extension TransportProtocol: Comparable, CustomStringConvertible {
  /// By number.
  public static func < (left: TransportProtocol, right: TransportProtocol) -> Bool {
    left.rawValue < right.rawValue
  }

  /// `TCP`, `UDP`, `SCTP`; the number of any other.
  public var description: String {
    switch self {
    case .tcp: "TCP"
    case .udp: "UDP"
    case .sctp: "SCTP"
    default: "protocol \(rawValue)"
    }
  }
}
