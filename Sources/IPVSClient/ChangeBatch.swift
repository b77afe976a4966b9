// SPDX-License-Identifier: Apache-2.0

internal import IPVSMessages
internal import IPVSNetlinkFormat
package import IPVSRules

/// Changes that are sent together. They are kept only as the requests that are sent: for long input the
/// changes themselves would take as much memory again.
package struct ChangeBatch: ~Copyable {
  /// The bytes from which on a batch is full. With one more change it still fits a send buffer.
  private static let fullLength = 62 << 10

  private(set) var requests = MessageWriter()

  /// How many changes it holds.
  package private(set) var count = 0

  /// Makes an empty batch.
  package init() {}

  /// Whether it holds no change.
  package var isEmpty: Bool { count == 0 }

  /// Whether it must be sent before more changes are added.
  ///
  /// - Parameter limit: the most changes, `Director.largestBatch` or fewer.
  package func isFull(atMost limit: Int) -> Bool {
    count >= limit || requests.count >= Self.fullLength
  }

  /// Adds a change, to be carried out after those before it.
  package mutating func append(_ change: Change) {
    change.writeRequest(to: &requests, family: 0, sequence: 0, port: 0, acknowledged: false)
    count += 1
  }

  /// Forgets the changes and keeps the memory.
  package mutating func removeAll() {
    requests.removeAll()
    count = 0
  }

  /// Addresses the requests. Success is acknowledged for the last one only: they are carried out in
  /// order.
  mutating func address(to family: UInt16, from port: UInt32, firstSequence: UInt32) {
    requests.address(
      to: family, from: port, firstSequence: firstSequence, addingToLast: .acknowledge)
  }
}
