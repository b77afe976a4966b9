internal import IPVSPackets

/// Which connections the packets will belong to that are handled next.
///
/// Where there are so many connections that few of them are in a processor's cache, it waits for memory
/// in most of a packet's time. For several slots at once it waits no longer than for one: note the
/// packets of a batch, call `prepare`, then handle them.
public struct PrefetchBatch: Sendable {
  /// The most packets that can be noted.
  public static let capacity = 32

  /// With fewer connections than this all are in the cache anyway.
  fileprivate static let fewConnections = 1 << 13

  public fileprivate(set) var count = 0

  /// Up to two for a packet.
  fileprivate var hashes = InlineArray<64, UInt64>(repeating: 0)
  fileprivate var hashCount = 0

  @inline(__always)
  fileprivate mutating func add(_ hash: UInt64) {
    hashes[hashCount] = hash
    hashCount += 1
  }

  public init() {}
}

extension Balancer {
  /// Notes a packet. One too many, and one that is not IP, is passed over.
  @inline(__always)
  public func note(_ packet: RawSpan, at hook: Hook, in batch: inout PrefetchBatch) {
    guard connections.count > PrefetchBatch.fewConnections, batch.count < PrefetchBatch.capacity,
      let header = try? PacketHeader(reading: packet)
    else { return }
    batch.add(header.key(hook == .forward ? .reply : .request).hash(connections.secret))
    // Before a connection begins, it is sought by both keys.
    if hook != .forward, header.hasTransportHeader, header.opensConnection(packet) {
      batch.add(header.key(.reply).hash(connections.secret))
    }
    batch.count += 1
  }

  /// Brings what the noted packets will need into the processor's cache, and forgets them.
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
