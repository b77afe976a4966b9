internal import CIPVSDevices
internal import Glibc
public import IPVSAddresses

/// Gets the errors of ICMP that come for this machine: copies of them (raw(7)).
///
/// Errors of ICMPv6 cannot be led through a device as those of IPv4 are: the same protocol finds
/// neighbours, and no rule tells the one from the other. And those of IPv4 that come for addresses of no
/// service are not led astray.
public struct ICMPErrorListener: ~Copyable {
  private let family: AddressFamily

  /// For poll(2). Negative: nothing is heard, as the machine has no IPv6, this process may not listen,
  /// or nobody wants to.
  public let descriptor: Int32

  public init(_ family: AddressFamily, isWanted: Bool) {
    self.family = family
    guard isWanted else {
      descriptor = -1
      return
    }
    descriptor =
      switch family {
      case .ipv4: ipvs_icmp_open()
      case .ipv6: ipvs_icmpv6_open()
      }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// The next error as a packet, at the beginning of `buffer`. Nil: none is waiting.
  public func read(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
    guard descriptor >= 0, let start = buffer.baseAddress, buffer.count >= 40 else { return nil }
    let length =
      switch family {
      case .ipv4: recv(descriptor, start, buffer.count, 0)
      case .ipv6:
        ipvs_icmpv6_receive(descriptor, start.assumingMemoryBound(to: UInt8.self), buffer.count)
      }
    return length < 0 ? nil : Int(length)
  }
}
