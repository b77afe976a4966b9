// SPDX-License-Identifier: Apache-2.0

internal import CIPVSSystem
internal import Glibc
internal import IPVSSystem
public import IPVSText

/// A network interface whose packets this process receives and sends. The interface vanishes with this
/// value, unless it is persistent.
///
/// Packets are read and written with partial checksums and with several segments in one (GSO), so that a
/// stream costs one call for each 64 KiB, not for each 1500 bytes.
public struct TunDevice: ~Copyable {
  /// The longest packet, headers included, in bytes.
  public static let largestPacket = 65_535

  public let name: ByteString

  /// For poll(2). Reading and writing do not block.
  public let descriptor: Int32

  /// Makes the interface, or attaches to a persistent one, and sets it up.
  ///
  /// - Parameters:
  ///   - name: 1 to 15 bytes.
  ///   - mtu: 68...65535 bytes.
  public init(_ name: ByteString, mtu: Int32) throws(DeviceError) {
    self.name = name
    descriptor = name.bytes.contains(0) ? -EINVAL : name.withCString { ipvs_tun_open($0) }
    guard descriptor >= 0 else { throw .open(name, errno: -descriptor) }
    // Without a link-local address the system sends no router solicitations and group reports there.
    _ = SystemSetting(path: "/proc/sys/net/ipv6/conf/\(name)/addr_gen_mode").set("1")
    let result = name.withCString { ipvs_link_up($0, mtu) }
    guard result == 0 else { throw .link(name, errno: -result) }
  }

  /// A device whose descriptor is another file's, for tests.
  init(_ name: ByteString, descriptor: Int32) {
    self.name = name
    self.descriptor = descriptor
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Says whether the system may put several segments of a stream into one packet. It must not while
  /// packets go through tunnels, since an encapsulated packet cannot be segmented.
  public func takeSegments(_ isWanted: Bool) throws(DeviceError) {
    let result = ipvs_tun_offload(descriptor, isWanted)
    guard result == 0 else { throw .open(name, errno: -result) }
  }

  /// Reads the next packet.
  ///
  /// - Parameter frame: room for the header of `OffloadHeader.length` bytes and for a packet of `largestPacket`
  ///   bytes behind it; a longer packet is truncated.
  /// - Returns: the packet's length; nil if no packet waits.
  public func read(
    _ header: inout OffloadHeader, into frame: UnsafeMutableRawBufferPointer
  ) throws(DeviceError) -> Int? {
    let length = Glibc.read(descriptor, frame.baseAddress, frame.count)
    if length >= OffloadHeader.length {
      header = OffloadHeader(reading: UnsafeRawBufferPointer(frame))
      return length - OffloadHeader.length
    }
    if length >= 0 || errno == EAGAIN || errno == EINTR { return nil }
    throw .read(name, errno: errno)
  }

  /// Sends a packet.
  ///
  /// - Parameter frame: the packet behind `OffloadHeader.length` bytes, which the header overwrites.
  /// - Returns: false if the packet was refused or the device's queue is full; the packet is lost.
  public func write(_ header: OffloadHeader, _ frame: UnsafeMutableRawBufferPointer) -> Bool {
    header.write(to: frame)
    return Glibc.write(descriptor, frame.baseAddress, frame.count) >= 0
  }
}
