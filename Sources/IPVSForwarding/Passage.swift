internal import IPVSDevices
internal import IPVSPackets

/// A packet on its way through the relay.
struct Passage {
  var header: PacketHeader
  var offload: OffloadHeader

  /// It is at the director's own address.
  let isArrived: Bool

  /// A router has taken a hop from it that is to be given back.
  var hasLostHop: Bool

  /// How to cut it again, if it came in pieces.
  let cut: Cut?
}
