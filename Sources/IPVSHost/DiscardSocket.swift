// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSAddresses

/// Sends a datagram to the port of discard (RFC 863) of hosts, which lets the kernel ask for their link
/// addresses. Nothing is awaited.
package enum DiscardSocket {
  /// The port of discard, in network order.
  private static let port = in_port_t(9).bigEndian

  /// Sends to neighbours on their links. One that cannot be sent to is passed over.
  package static func send(to neighbours: [NeighbourQuestion]) {
    for family in [AF_INET, AF_INET6] {
      let socket = Glibc.socket(family, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
      guard socket >= 0 else { continue }
      defer { close(socket) }
      for neighbour in neighbours { send(to: neighbour, family, socket) }
    }
  }

  private static func send(to neighbour: NeighbourQuestion, _ family: Int32, _ socket: Int32) {
    let flags = Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL)
    switch neighbour.address {
    case .v4(let address) where family == AF_INET:
      var target = sockaddr_in()
      target.sin_family = sa_family_t(AF_INET)
      target.sin_port = port
      target.sin_addr.s_addr = address.bits.bigEndian
      withUnsafePointer(to: &target) { target in
        target.withMemoryRebound(to: sockaddr.self, capacity: 1) { target in
          _ = sendto(socket, "", 0, flags, target, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    case .v6(let address) where family == AF_INET6:
      var target = sockaddr_in6()
      target.sin6_family = sa_family_t(AF_INET6)
      target.sin6_port = port
      if neighbour.address.kind == .linkLocal {
        target.sin6_scope_id = UInt32(bitPattern: neighbour.link)
      }
      withUnsafeMutableBytes(of: &target.sin6_addr) { bytes in
        bytes.storeBytes(of: address.bits.bigEndian, as: UInt128.self)
      }
      withUnsafePointer(to: &target) { target in
        target.withMemoryRebound(to: sockaddr.self, capacity: 1) { target in
          _ = sendto(socket, "", 0, flags, target, socklen_t(MemoryLayout<sockaddr_in6>.size))
        }
      }
    default: break
    }
  }
}
