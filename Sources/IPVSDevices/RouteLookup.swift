internal import Glibc
public import IPVSAddresses

/// The way from this machine to an address, as its routing table has it.
public struct RouteLookup: Hashable, Sendable {
  /// The address that the machine takes for itself on the way. The other end's, if that is the machine
  /// itself.
  public let source: IPAddress

  /// The longest packet that the way takes, in bytes.
  public let mtu: Int

  /// Nil: there is no way.
  ///
  /// Connecting a datagram socket sends nothing, but makes the system look for the way.
  public init?(to address: IPAddress) {
    let descriptor = socket(
      SocketAddress.family(of: address), Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    let result = SocketAddress.with(address, port: 9) { connect(descriptor, $0, $1) }
    guard result == 0, let source = Self.localEnd(of: descriptor),
      let mtu = Self.mtu(of: descriptor, address)
    else { return nil }
    self.source = source
    self.mtu = mtu
  }

  private static func localEnd(of descriptor: Int32) -> IPAddress? {
    var place = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &place) { place in
      place.withMemoryRebound(to: sockaddr.self, capacity: 1) { place in
        getsockname(descriptor, place, &size) == 0 ? SocketAddress.read(place) : nil
      }
    }
  }

  private static func mtu(of descriptor: Int32, _ address: IPAddress) -> Int? {
    let (level, option) =
      switch address {
      case .v4: (Int32(IPPROTO_IP), IP_MTU)
      case .v6: (Int32(IPPROTO_IPV6), IPV6_MTU)
      }
    var mtu: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(descriptor, level, option, &mtu, &size) == 0 ? Int(mtu) : nil
  }
}
