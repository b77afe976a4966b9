// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses

/// The parts of a connection's first packet that schedulers use.
public struct Flow: Hashable, Sendable {
  /// The family of both addresses.
  public var family: AddressFamily

  // Addresses as numbers, those of IPv4 in the low 32 bits; ports in host order.

  /// The address that the packet comes from.
  public var source: UInt128

  /// The port that it comes from.
  public var sourcePort: UInt16

  /// The address that it goes to.
  public var destination: UInt128

  /// The port that it goes to.
  public var destinationPort: UInt16

  /// Whether the packet is an ICMP error about a packet in the opposite direction.
  var isInverse = false

  /// The flow of a packet between two ends.
  public init(
    family: AddressFamily, source: UInt128, sourcePort: UInt16, destination: UInt128,
    destinationPort: UInt16
  ) {
    self.family = family
    self.source = source
    self.sourcePort = sourcePort
    self.destination = destination
    self.destinationPort = destinationPort
  }

  /// The client's end, which sh and mh look at whatever the direction of the packet.
  var client: (address: UInt128, port: UInt16) {
    isInverse ? (destination, destinationPort) : (source, sourcePort)
  }
}

/// The hashes of addresses in schedulers. Their constants are the kernel's, so that a client gets the same
/// server on every director.
enum AddressHash {
  /// An address in 32 bits: the sum, without carries, of its words.
  static func fold(_ address: UInt128) -> UInt32 {
    let half = UInt64(truncatingIfNeeded: address ^ address >> 64)
    return UInt32(truncatingIfNeeded: half ^ half >> 32)
  }

  /// The golden ratio's hash (include/linux/hash.h, `hash_32`).
  ///
  /// - Parameter bits: The number of bits of the result, 1...32.
  static func multiplied(_ value: UInt32, bits: UInt32) -> Int {
    Int((value &* 0x61c8_8647) >> (32 - bits))
  }
}
