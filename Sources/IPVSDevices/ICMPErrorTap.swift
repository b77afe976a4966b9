internal import CIPVSDevices
internal import Glibc
public import IPVSText

/// Sees the errors of ICMP that pass through this machine.
///
/// No rule of routing tells an error from other messages, and those of others, such as their pings, are
/// not to be led astray: what is led through a device is a new packet to the connection tracking of the
/// system. So errors go their way, and copies of them are shown here (packet(7)).
public struct ICMPErrorTap: ~Copyable {
  /// For poll(2). Fewer than the families that there are, where this process may not look.
  public let descriptors: [Int32]

  /// - Parameter device: What comes from this one is not shown. Nil: nothing is.
  public init(besides device: ByteString?) {
    guard let device else {
      descriptors = []
      return
    }
    let name = device.bytes.map { CChar(bitPattern: $0) } + [0]
    descriptors = [false, true].map { ipvs_passing_errors_open($0, name) }.filter { $0 >= 0 }
  }

  deinit {
    for descriptor in descriptors { close(descriptor) }
  }

  /// The next error at one of the descriptors, at the beginning of `buffer`. Nil: none is waiting.
  public static func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int? {
    let length = recv(descriptor, buffer.baseAddress, buffer.count, 0)
    return length < 0 ? nil : length
  }
}
