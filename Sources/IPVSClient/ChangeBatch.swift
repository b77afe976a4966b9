internal import IPVSMessages
internal import IPVSNetlinkFormat
public import IPVSRules

/// Changes that are sent together. They gather as the requests that go out, and in no other form: of
/// long input the changes themselves would take as much memory again.
public struct ChangeBatch: ~Copyable {
  /// With so many bytes a batch is full. With the change that makes it so, it fits a send buffer.
  private static let fullLength = 62 << 10

  private(set) var requests = MessageWriter()

  public private(set) var count = 0

  public init() {}

  public var isEmpty: Bool { count == 0 }

  /// Whether no more changes should be added before it was sent.
  ///
  /// - Parameter limit: the most changes, `Director.largestBatch` or fewer.
  public func isFull(atMost limit: Int) -> Bool {
    count >= limit || requests.count >= Self.fullLength
  }

  /// Adds a change, to be carried out after those before it.
  public mutating func append(_ change: Change) {
    change.writeRequest(to: &requests, family: 0, sequence: 0, port: 0, acknowledged: false)
    count += 1
  }

  /// Forgets the changes and keeps the memory.
  public mutating func removeAll() {
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
