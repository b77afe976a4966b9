internal import CIPVSDevices
internal import Glibc
public import IPVSText

/// A network interface whose packets this process sends and receives. It is gone when this value is.
///
/// Packets come and go whole, with unfinished checksums and with many segments in one, so that a
/// stream costs one call for each 64 KiB, not for each 1500 bytes.
public struct TunDevice: ~Copyable {
  /// No packet is longer, headers included.
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
    let text = name.bytes.map { CChar(bitPattern: $0) } + [0]
    descriptor = name.bytes.contains(0) ? -EINVAL : ipvs_tun_open(text)
    guard descriptor >= 0 else { throw .open(name, errno: -descriptor) }
    // Without an address of its own it does not look for routers and groups in our packets.
    _ = SystemSetting(path: "/proc/sys/net/ipv6/conf/\(name)/addr_gen_mode").set("1")
    let result = ipvs_link_up(text, mtu)
    guard result == 0 else { throw .link(name, errno: -result) }
  }

  /// Takes a descriptor that behaves as a device's does.
  init(_ name: ByteString, descriptor: Int32) {
    self.name = name
    self.descriptor = descriptor
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }

  /// Whether senders may hand over several segments of a stream in one packet.
  ///
  /// To be refused while packets are put into tunnels: what is wrapped cannot be cut later.
  public func takeSegments(_ isWanted: Bool) throws(DeviceError) {
    let result = ipvs_tun_offload(descriptor, isWanted)
    guard result == 0 else { throw .open(name, errno: -result) }
  }

  /// The next packet. Nil: none is waiting.
  ///
  /// - Parameter frame: room for `OffloadHeader.length` bytes of what the device says of the packet, and
  ///   behind them `largestPacket` bytes of the packet; what is longer is cut off.
  /// - Returns: the packet's length.
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

  /// Sends a packet. False: it was refused, or the device's queue is full; as on any wire, the
  /// packet is lost.
  ///
  /// - Parameter frame: the packet behind `OffloadHeader.length` bytes, into which the header is put.
  public func write(_ header: OffloadHeader, _ frame: UnsafeMutableRawBufferPointer) -> Bool {
    header.write(to: frame)
    return Glibc.write(descriptor, frame.baseAddress, frame.count) >= 0
  }
}
