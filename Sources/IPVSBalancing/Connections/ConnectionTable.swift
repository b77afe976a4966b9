// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses

/// The connections and templates by their slots, by the keys of their packets, and by their deadlines.
struct ConnectionTable: ~Copyable {
  /// The slot of a connection, the same until it is removed.
  struct Index: Hashable {
    let value: UInt32
  }

  static let nowhere = UInt32.max

  /// The number of connections in a chunk of memory (6 MiB), as a power of 2.
  private static let pieceBits: UInt32 = 16

  /// One and a half cache lines, so that no connection is in more than two.
  private static let stride = 96

  private var pieces = ChunkList<UInt8>()

  /// The number of slots ever used, and the head of the list of free ones. In each free slot `wakeUp` is
  /// the next free one: an array of them would be copied as it grows, which would delay packets.
  private var used: UInt32 = 0
  private var firstFree = nowhere

  private var index = HashIndex()
  private var callIDs = CallIDTable()
  private var wheel: TimerWheel
  let secret: HashSecret

  /// The number of slots, used or free.
  var slotCount: UInt32 { used }

  /// The number of connections and templates.
  private(set) var count = 0

  init(_ random: inout SplitMix, at now: Instant) {
    precondition(MemoryLayout<Connection>.size <= Self.stride)
    secret = HashSecret(&random)
    wheel = TimerWheel(at: now)
  }

  deinit {
    for piece in 0..<pieces.count { HugeMemory.free(pieces.base[piece]) }
  }

  @inline(__always)
  private static func pointer(
    _ pieces: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>>, _ slot: UInt32
  ) -> UnsafeMutablePointer<Connection> {
    let offset = Int(slot & (1 << pieceBits - 1)) * stride
    return UnsafeMutableRawPointer(pieces[Int(slot >> pieceBits)] + offset)
      .assumingMemoryBound(to: Connection.self)
  }

  /// The connection at an index that is in use.
  subscript(_ index: Index) -> Connection {
    @inline(__always) unsafeAddress { UnsafePointer(Self.pointer(pieces.base, index.value)) }
    @inline(__always) unsafeMutableAddress { Self.pointer(pieces.base, index.value) }
  }

  /// The address of the connection at an index that is in use, valid until it is removed.
  @inline(__always)
  func pointer(to index: Index) -> UnsafeMutablePointer<Connection> {
    Self.pointer(pieces.base, index.value)
  }

  // MARK: - Finding

  @inline(__always)
  func find(_ key: ConnectionKey) -> Index? {
    let slot = index.first(key.hash(secret)) { slot in
      Self.pointer(pieces.base, slot).pointee.matches(key)
    }
    return slot.map(Index.init(value:))
  }

  /// The template with a key and a Call-ID.
  func find(_ key: ConnectionKey, _ callID: RawSpan) -> Index? {
    let hash = secret.hash(callID, after: key.hash(secret))
    let slot = index.first(hash) { slot in
      let template = Self.pointer(pieces.base, slot)
      return template.pointee.flags.contains(.hasCallID)
        && template.pointee.requestKey == key && callIDs.isEqual(slot, callID)
    }
    return slot.map(Index.init(value:))
  }

  /// Calls `body` with the Call-ID of a template; with no bytes where it has none.
  func withCallID<Result>(_ index: Index, _ body: (RawSpan) -> Result) -> Result {
    self[index].flags.contains(.hasCallID)
      ? callIDs.withBytes(index.value, body) : body(RawSpan())
  }

  /// The index of a slot that was ever used; nil if it is free.
  func index(at slot: UInt32) -> Index? {
    let index = Index(value: slot)
    return self[index].flags.contains(.isUsed) ? index : nil
  }

  /// The next connection from a slot on, for walks that pause; nil at the end.
  func next(from slot: inout UInt32) -> Index? {
    while slot < used {
      defer { slot += 1 }
      if let index = index(at: slot) { return index }
    }
    return nil
  }

  /// Reads the memory that packets with these hashes need: first the index, then the connections.
  ///
  /// - Returns: A sum of the read values, so that the compiler cannot remove the reads.
  func read(_ hashes: Span<UInt64>, _ slots: inout MutableSpan<UInt32>) -> UInt64 {
    for number in hashes.indices {
      slots[number] = index.candidate(hashes[number]) ?? Self.nowhere
    }
    var sum: UInt64 = 0
    for number in hashes.indices where slots[number] != Self.nowhere {
      let connection = pointer(to: Index(value: slots[number]))
      sum &+= UInt64(connection.pointee.state) &+ connection.pointee.deadline.ticks
    }
    return sum
  }

  // MARK: - Changing

  /// Adds a connection or a template.
  ///
  /// - Parameter callID: What a template is found by besides its key; empty for nothing.
  /// - Returns: Its index; nil if there is no room.
  @inline(__always)
  mutating func insert(
    _ connection: consuming Connection, _ callID: RawSpan = RawSpan()
  ) -> Index? {
    guard let index = takeSlot() else { return nil }
    connection.flags.insert(.isUsed)
    Self.pointer(pieces.base, index.value).initialize(to: connection)
    if !callID.isEmpty { keep(callID, index) }
    guard enter(index) else {
      giveBack(index)
      return nil
    }
    count += 1
    start(index)
    return index
  }

  private mutating func keep(_ callID: RawSpan, _ index: Index) {
    self[index].flags.insert(.hasCallID)
    callIDs.insert(index.value, callID)
  }

  private mutating func takeSlot() -> Index? {
    if firstFree != Self.nowhere {
      let index = Index(value: firstFree)
      firstFree = self[index].wakeUp
      return index
    }
    guard used < UInt32(1) << 30 else { return nil }
    if Int(used >> Self.pieceBits) == pieces.count {
      pieces.append(HugeMemory.allocate(Self.stride << Int(Self.pieceBits), of: UInt8.self))
    }
    used += 1
    return Index(value: used - 1)
  }

  private mutating func giveBack(_ index: Index) {
    if self[index].flags.contains(.hasCallID) { callIDs.remove(index.value) }
    self[index].flags = []
    self[index].wakeUp = firstFree
    firstFree = index.value
  }

  /// Adds a connection to the index.
  ///
  /// - Returns: Whether there was room; otherwise nothing is changed.
  private mutating func enter(_ slot: Index) -> Bool {
    let request = requestHash(slot)
    guard index.insert(request, slot.value) else { return false }
    if !self[slot].isTemplate, !index.insert(self[slot].replyKey.hash(secret), slot.value) {
      index.remove(request, slot.value)
      return false
    }
    self[slot].flags.insert(.isIndexed)
    return true
  }

  private func requestHash(_ slot: Index) -> UInt64 {
    let hash = self[slot].requestKey.hash(secret)
    guard self[slot].flags.contains(.hasCallID) else { return hash }
    return callIDs.withBytes(slot.value) { secret.hash($0, after: hash) }
  }

  /// Removes a connection from the index; it stays until it expires.
  mutating func hide(_ slot: Index) {
    guard self[slot].flags.contains(.isIndexed) else { return }
    index.remove(requestHash(slot), slot.value)
    if !self[slot].isTemplate { index.remove(self[slot].replyKey.hash(secret), slot.value) }
    self[slot].flags.remove(.isIndexed)
  }

  /// - Precondition: The connection is not in the wheel.
  mutating func remove(_ index: Index) {
    hide(index)
    giveBack(index)
    count -= 1
  }

  // MARK: - Time

  /// Restarts the timeout. Only a deadline that comes closer moves the connection in the wheel.
  @inline(__always)
  mutating func restart(_ index: Index, at now: Instant) {
    let deadline = now.advanced(byTicks: UInt64(self[index].timeout))
    self[index].deadline = deadline
    let ahead = self[index].wakeUp &- UInt32(truncatingIfNeeded: wheel.position.ticks)
    if deadline.ticks(since: wheel.position) < UInt64(ahead) { rewind(index) }
  }

  /// Sets the deadline to a time that may be earlier than before.
  mutating func end(_ index: Index, at deadline: Instant) {
    self[index].deadline = deadline
    rewind(index)
  }

  private mutating func rewind(_ index: Index) {
    let pieces = pieces.base
    wheel.remove(index.value) { Self.links(pieces, $0) }
    start(index)
  }

  private mutating func start(_ index: Index) {
    let pieces = pieces.base
    let time = wheel.insert(index.value, at: self[index].deadline) { Self.links(pieces, $0) }
    self[index].wakeUp = UInt32(truncatingIfNeeded: time.ticks)
  }

  private static func links(
    _ pieces: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>>, _ slot: UInt32
  ) -> UnsafeMutablePointer<WheelLinks> {
    withUnsafeMutablePointer(to: &pointer(pieces, slot).pointee.links) { $0 }
  }

  /// The time up to which the wheel has woken connections.
  var time: Instant { wheel.position }

  /// Removes a connection whose deadline has passed from the wheel.
  ///
  /// - Returns: Nil if there is none up to `now`, or `budget`, the number of connections to examine, is
  ///   used up.
  mutating func nextExpired(upTo now: Instant, budget: inout Int) -> Index? {
    let pieces = pieces.base
    while budget > 0 {
      guard let slot = wheel.next(upTo: now, { Self.links(pieces, $0) }) else { return nil }
      budget -= 1
      let index = Index(value: slot)
      if self[index].deadline <= wheel.position { return index }
      start(index)
    }
    return nil
  }

  /// Puts a connection back into the wheel, with a new timeout that begins now.
  mutating func postpone(_ index: Index, by timeout: UInt32) {
    self[index].timeout = timeout
    self[index].deadline = time.advanced(byTicks: UInt64(timeout))
    start(index)
  }
}

extension Connection {
  /// Whether a packet with this key belongs to the connection.
  @inline(__always)
  func matches(_ key: ConnectionKey) -> Bool {
    guard key.client == client, key.clientPort == clientPort, key.transport == transport,
      key.isIPv6 == flags.contains(.isIPv6)
    else { return false }
    switch key.kind {
    case .reply where isMasqueraded:
      return !isTemplate && key.other == server && key.otherPort == serverPort
    case .template:
      return isTemplate && !flags.contains(.hasCallID) && key.other == virtual
        && key.otherPort == virtualPort
    case .request, .reply:
      return !isTemplate && key.other == virtual && key.otherPort == virtualPort
    }
  }
}
