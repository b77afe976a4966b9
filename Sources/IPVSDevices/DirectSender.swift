// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import IPVSAddresses

/// Sends packets to a next hop as they are, whatever their destination, for direct routing.
///
/// A raw socket does it (raw(7), `IP_HDRINCL`): the system routes by the address that the call names, not
/// by the one in the packet.
public struct DirectSender: ~Copyable {
  /// The sockets; negative if the machine does not have the family, or this process may not use it.
  private let ipv4: Int32
  private let ipv6: Int32

  public init() {
    ipv4 = Self.open(AF_INET)
    ipv6 = Self.open(AF_INET6)
  }

  deinit {
    for descriptor in [ipv4, ipv6] where descriptor >= 0 { close(descriptor) }
  }

  private static func open(_ family: Int32) -> Int32 {
    // The protocol 255 (`IPPROTO_RAW`) says that all headers are in the packet.
    socket(family, Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue), 255)
  }

  /// Sends a packet.
  ///
  /// - Returns: false if the packet exceeds the MTU, there is no route, or the queue is full; the packet is
  ///   lost.
  public func send(_ packet: UnsafeRawBufferPointer, to neighbour: IPAddress) -> Bool {
    let descriptor =
      switch neighbour {
      case .v4: ipv4
      case .v6: ipv6
      }
    return SocketAddress.with(neighbour) { address, size in
      sendto(descriptor, packet.baseAddress, packet.count, Int32(MSG_DONTWAIT), address, size) >= 0
    }
  }
}
