internal import Glibc
public import IPVSAddresses

/// Sends packets to a neighbour as they are, whatever their destination: the way of direct routing.
///
/// A raw socket does it (raw(7), `IP_HDRINCL`): the system looks for the way to the address that the
/// packet is handed over for, and hands it to that neighbour's link address, without a look at the one
/// in the packet.
public struct DirectSender: ~Copyable {
  /// Of each family; negative where the machine has none, or lets nobody send so.
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
    // The number 255 (`IPPROTO_RAW`) says that all headers are in the packet.
    socket(family, Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue), 255)
  }

  /// Sends a packet. False: it is longer than the way takes, there is no way, or the queue is full; as
  /// on any wire, the packet is lost.
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
