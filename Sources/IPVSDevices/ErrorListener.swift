internal import CIPVSDevices
internal import Glibc

/// Gets the errors of ICMPv6 that come for this machine.
///
/// They cannot be led through a device as those of IPv4 are: the same protocol finds neighbours, and no
/// rule tells the one from the other. So the system takes them, and shows a copy here.
public struct ErrorListener: ~Copyable {
  /// For poll(2). Negative: nothing is heard, as the machine has no IPv6, this process may not listen,
  /// or nobody wants to.
  public let descriptor: Int32

  public init(isWanted: Bool) {
    descriptor = isWanted ? ipvs_icmpv6_open() : -1
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// The next error as a packet, at the beginning of `buffer`. Nil: none is waiting.
  public func read(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
    guard descriptor >= 0, let start = buffer.baseAddress, buffer.count >= 40 else { return nil }
    let length = ipvs_icmpv6_receive(
      descriptor, start.assumingMemoryBound(to: UInt8.self), buffer.count)
    return length < 0 ? nil : Int(length)
  }
}
