// SPDX-License-Identifier: Apache-2.0

internal import IPVSPackets

/// The hashes of the next packets, for a prefetch of their connections.
///
/// With more connections than fit in the processor's cache, most of a packet's time is waiting for memory.
/// Several loads at once take no longer than one: note the packets of a batch, call `prepare`, then
/// handle them.
public struct PrefetchBatch: Sendable {
  /// The largest number of packets in a batch.
  public static let capacity = 32

  /// With fewer connections than this all are in the cache.
  fileprivate static let fewConnections = 1 << 13

  /// How many packets are noted, 0...`capacity`.
  public fileprivate(set) var count = 0

  /// Up to two for a packet.
  fileprivate var hashes = InlineArray<64, UInt64>(repeating: 0)
  fileprivate var hashCount = 0

  @inline(__always)
  fileprivate mutating func add(_ hash: UInt64) {
    hashes[hashCount] = hash
    hashCount += 1
  }

  /// An empty batch.
  public init() {}
}

extension Balancer {
  /// Adds a packet to a batch, unless the batch is full or the packet is not IP.
  @inline(__always)
  public func note(_ packet: RawSpan, at hook: Hook, in batch: inout PrefetchBatch) {
    guard connections.count > PrefetchBatch.fewConnections, batch.count < PrefetchBatch.capacity,
      let header = try? PacketHeader(reading: packet)
    else { return }
    batch.add(header.key(hook == .forward ? .reply : .request).hash(connections.secret))
    // The first packet of a connection is looked up by both keys.
    if hook != .forward, header.hasTransportHeader, header.opensConnection(packet) {
      batch.add(header.key(.reply).hash(connections.secret))
    }
    batch.count += 1
  }

  /// Loads the connections of the batch into the processor's cache, and empties the batch.
  public func prepare(_ batch: inout PrefetchBatch) {
    guard batch.count > 0 else { return }
    var slots = InlineArray<64, UInt32>(repeating: 0)
    var room = slots.mutableSpan
    let sum = connections.read(
      batch.hashes.span.extracting(first: batch.hashCount), &room)
    batch.hashCount = 0
    // Never so, but the compiler cannot know.
    batch.count = sum == .max ? 1 : 0
  }
}
