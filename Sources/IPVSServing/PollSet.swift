// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The descriptors that a program waits for (poll(2)). The set is filled anew before each wait.
public struct PollSet {
  private var entries: [pollfd] = []

  public init() {}

  /// Removes all descriptors.
  public mutating func removeAll() { entries.removeAll(keepingCapacity: true) }

  /// The number of descriptors, which is the index of the next one.
  public var count: Int { entries.count }

  /// Adds a descriptor to wait for until it can be read.
  public mutating func add(_ descriptor: Int32) { add(descriptor, Int16(POLLIN)) }

  mutating func add(_ descriptor: Int32, _ events: Int16) {
    entries.append(pollfd(fd: descriptor, events: events, revents: 0))
  }

  /// Waits until an event is there for one of them.
  ///
  /// - Parameter milliseconds: The longest time to wait.
  public mutating func wait(_ milliseconds: Int32) {
    let result = poll(&entries, nfds_t(entries.count), milliseconds)
    if result <= 0 { for index in entries.indices { entries[index].revents = 0 } }
  }

  /// Whether there is an event for the descriptor with this index.
  public func isReady(at index: Int) -> Bool { events(at: index) != 0 }

  func events(at index: Int) -> Int16 { entries[index].revents }
}
