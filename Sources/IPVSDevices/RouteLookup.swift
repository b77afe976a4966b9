// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import IPVSAddresses

/// The route from this machine to an address.
public struct RouteLookup: Hashable, Sendable {
  /// The source address that the system chooses. It is the destination itself if that is local.
  public let source: IPAddress

  /// The longest packet that fits the route, in bytes.
  public let mtu: Int

  /// Looks the route up; nil if there is none.
  ///
  /// Connecting a datagram socket sends nothing, but makes the system look for a route.
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
    var storage = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        getsockname(descriptor, address, &size) == 0 ? SocketAddress.read(address) : nil
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
