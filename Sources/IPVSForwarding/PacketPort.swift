// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses

/// Where packets come from and where they go: a network device, a capture, an array in a test.
///
/// The forwarder works on batches: it receives one, sends what results from its packets, and
/// flushes. A port may wrap another one, to trace packets or to inject faults.
protocol PacketPort: ~Copyable {
  associatedtype Failure: Error

  /// What the forwarder must know of the port; constant.
  var capabilities: PortCapabilities { get }

  /// For poll(2): readable when packets wait. Empty for a port that never waits.
  var descriptors: [Int32] { get }

  /// Receives packets without waiting.
  ///
  /// - Parameter batch: Empty; gets the packets, and stays empty if there are none. Their memory is
  ///   the port's: the forwarder may change it, and the room before each packet, until the next call.
  mutating func receive(into batch: inout PacketBatch) throws(Failure)

  /// Sends a packet, at the latest with the next `flush`.
  ///
  /// - Parameter frame: The packet, `PacketFrame.portRoom` bytes before which the port may overwrite.
  ///   Its memory is the caller's again when the call returns.
  /// - Returns: False if the packet is lost.
  mutating func send(_ frame: PacketFrame, _ egress: Egress) -> Bool

  /// Sends what `send` has gathered.
  mutating func flush() throws(Failure)

  /// Sets whether packets may be received that carry several segments (GSO). Only a port with
  /// `PortCapabilities.hasSegments` is asked.
  mutating func acceptSegments(_ isWanted: Bool) throws(Failure)
}

extension PacketPort where Self: ~Copyable {
  var descriptors: [Int32] { [] }

  mutating func flush() throws(Failure) {}

  mutating func acceptSegments(_ isWanted: Bool) throws(Failure) {}
}

/// What the forwarder must know of a port.
struct PortCapabilities: Hashable, Sendable {
  /// What routes the packets at the other end of the port.
  enum Router: Hashable, Sendable {
    /// Nothing: packets are received as they are on a link, and sent as they are to be on one.
    case none

    /// The system: it routes packets to the port and from it, and decrements the time to live each
    /// time. `restoresTimeToLive`: the forwarder makes up for that. It must not where foreign routes
    /// could lead a packet here again and again.
    case system(restoresTimeToLive: Bool)
  }

  var router: Router

  /// Packets may carry several segments (GSO), when received and when sent.
  var hasSegments = false
}

/// Where a packet is to be sent.
enum Egress: Hashable {
  /// To its destination, routed as a packet that was received.
  case routed

  /// To a next hop, whatever its destination.
  case nextHop(IPAddress)
}
