public import IPVSAddresses

/// What tells one virtual service from another: where its packets go to, or the firewall mark that
/// they carry.
public enum ServiceIdentity: Hashable, Sendable {
  case endpoint(TransportProtocol, Endpoint)

  /// Packets of one family with a firewall mark (`nft ... meta mark set N`). Marks of the two
  /// families are two services.
  case mark(UInt32, AddressFamily)

  public var family: AddressFamily {
    switch self {
    case .endpoint(_, let endpoint): endpoint.address.family
    case .mark(_, let family): family
    }
  }
}

extension ServiceIdentity: Comparable {
  /// The order of listings (ipvsadm(8), `--sort`): IPv4 before IPv6, then protocol, address, and
  /// port, all ascending; after them firewall marks, and of one mark IPv4 before IPv6.
  public static func < (left: ServiceIdentity, right: ServiceIdentity) -> Bool {
    switch (left, right) {
    case (.endpoint(let leftProtocol, let leftEnd), .endpoint(let rightProtocol, let rightEnd)):
      let leftFamily = leftEnd.address.family
      let rightFamily = rightEnd.address.family
      if leftFamily != rightFamily { return leftFamily < rightFamily }
      return leftProtocol == rightProtocol ? leftEnd < rightEnd : leftProtocol < rightProtocol
    case (.mark(let leftMark, let leftFamily), .mark(let rightMark, let rightFamily)):
      return leftMark == rightMark ? leftFamily < rightFamily : leftMark < rightMark
    case (.endpoint, .mark): return true
    case (.mark, .endpoint): return false
    }
  }
}
