/// The protocol of a virtual service, by its number in the IP header.
///
/// The kernel stores any number; packets only ever match TCP, UDP, and SCTP.
public struct TransportProtocol: RawRepresentable, Hashable, Sendable {
  public let rawValue: UInt16

  public init(rawValue: UInt16) {
    self.rawValue = rawValue
  }

  public static let tcp = TransportProtocol(rawValue: 6)
  public static let udp = TransportProtocol(rawValue: 17)
  public static let sctp = TransportProtocol(rawValue: 132)
}

extension TransportProtocol: Comparable {
  public static func < (left: TransportProtocol, right: TransportProtocol) -> Bool {
    left.rawValue < right.rawValue
  }
}
