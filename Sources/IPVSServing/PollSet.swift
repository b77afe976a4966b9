internal import Glibc

/// The descriptors that a program waits for, each turn anew (poll(2)).
public struct PollSet {
  private var entries: [pollfd] = []

  public init() {}

  /// Forgets all descriptors.
  public mutating func removeAll() { entries.removeAll(keepingCapacity: true) }

  /// How many there are: where the next one will be.
  public var count: Int { entries.count }

  /// Adds one to wait for until it can be read.
  public mutating func add(_ descriptor: Int32) { add(descriptor, Int16(POLLIN)) }

  mutating func add(_ descriptor: Int32, _ events: Int16) {
    entries.append(pollfd(fd: descriptor, events: events, revents: 0))
  }

  /// Waits for any of them, but no longer than so many milliseconds.
  public mutating func wait(_ milliseconds: Int32) {
    let result = poll(&entries, nfds_t(entries.count), milliseconds)
    if result <= 0 { for index in entries.indices { entries[index].revents = 0 } }
  }

  /// Whether something happened at the descriptor in a place.
  public func isReady(_ place: Int) -> Bool { found(place) != 0 }

  func found(_ place: Int) -> Int16 { entries[place].revents }
}
