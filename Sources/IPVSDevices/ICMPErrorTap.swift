// SPDX-License-Identifier: Apache-2.0

internal import CIPVSSystem
internal import Glibc
internal import IPVSSystem
public import IPVSText

/// Receives copies of the ICMP errors that this machine forwards or delivers (packet(7)).
///
/// Policy routing cannot select errors among ICMP messages, and foreign messages, such as pings, must not
/// pass the device: to connection tracking, what comes from the device is a new packet. So the system
/// routes errors as ever, and copies of them are read here.
public struct ICMPErrorTap: ~Copyable {
  /// For poll(2), one for each family; none of a family whose packets this process may not read.
  public let descriptors: [Int32]

  /// - Parameter device: The device whose packets are left out; nil to read nothing.
  public init(besides device: ByteString?) {
    guard let device else {
      descriptors = []
      return
    }
    descriptors = device.withCString { name in
      [false, true].map { ipvs_passing_errors_open($0, name) }.filter { $0 >= 0 }
    }
  }

  deinit {
    for descriptor in descriptors { close(descriptor) }
  }

  /// Reads the next error of a descriptor to the beginning of `buffer`.
  ///
  /// - Returns: the length of the packet; nil if none waits.
  public static func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int? {
    let length = recv(descriptor, buffer.baseAddress, buffer.count, 0)
    return length < 0 ? nil : length
  }
}
