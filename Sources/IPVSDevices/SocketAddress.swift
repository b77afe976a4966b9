// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSAddresses

/// IP addresses as `struct sockaddr`.
enum SocketAddress {
  /// Calls `body` with the address and a port in host order.
  static func with<Value>(
    _ address: IPAddress, port: UInt16 = 0, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
  ) -> Value {
    switch address {
    case .v4(let address):
      var socketAddress = sockaddr_in()
      socketAddress.sin_family = sa_family_t(AF_INET)
      socketAddress.sin_port = port.bigEndian
      socketAddress.sin_addr.s_addr = address.bits.bigEndian
      return withGeneric(socketAddress, body)
    case .v6(let address):
      var socketAddress = sockaddr_in6()
      socketAddress.sin6_family = sa_family_t(AF_INET6)
      socketAddress.sin6_port = port.bigEndian
      withUnsafeMutableBytes(of: &socketAddress.sin6_addr) {
        $0.storeBytes(of: address.bits.bigEndian, as: UInt128.self)
      }
      return withGeneric(socketAddress, body)
    }
  }

  private static func withGeneric<Socket, Value>(
    _ socketAddress: Socket, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Value
  ) -> Value {
    withUnsafePointer(to: socketAddress) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        body(generic, socklen_t(MemoryLayout<Socket>.size))
      }
    }
  }

  /// Reads the address; nil unless it is an IPv4 or IPv6 address.
  static func read(_ socketAddress: UnsafePointer<sockaddr>) -> IPAddress? {
    switch Int32(socketAddress.pointee.sa_family) {
    case AF_INET:
      socketAddress.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
        .v4(IPv4Address(UInt32(bigEndian: $0.pointee.sin_addr.s_addr)))
      }
    case AF_INET6:
      socketAddress.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
        withUnsafeBytes(of: $0.pointee.sin6_addr) {
          .v6(IPv6Address(UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self))))
        }
      }
    default: nil
    }
  }

  /// The number of an address's family, for socket(2).
  static func family(of address: IPAddress) -> Int32 {
    switch address {
    case .v4: AF_INET
    case .v6: AF_INET6
    }
  }
}
