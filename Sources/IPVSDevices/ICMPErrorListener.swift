// SPDX-License-Identifier: Apache-2.0

internal import CIPVSSystem
internal import Glibc
public import IPVSAddresses

/// Receives copies of the ICMP errors that are addressed to this machine (raw(7)).
///
/// ICMPv6 errors cannot be led through a device as those of IPv4 are: neighbour discovery is the same
/// protocol, and no rule tells the two apart. Nor are IPv4 errors to addresses without a service.
public struct ICMPErrorListener: ~Copyable {
  private let family: AddressFamily

  /// For poll(2). Negative if nothing is received: the machine has no IPv6, this process may not
  /// receive errors, or they are not wanted.
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

  /// Reads the next error as a packet to the beginning of `buffer`.
  ///
  /// - Parameter buffer: At least 40 bytes.
  /// - Returns: the length of the packet; nil if none waits.
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
