/// How large a share of new connections a real server gets.
///
/// Zero is *quiesced*: no new connections, existing ones live on (ipvsadm(8), `--weight`).
public struct Weight: Hashable, Sendable {
  public let value: Int32

  public static let one = Weight(unchecked: 1)
  public static let quiesced = Weight(unchecked: 0)

  /// Nil unless `value` is in 0...2147483647.
  public init?(_ value: some BinaryInteger) {
    guard let value = Int32(exactly: value), value >= 0 else { return nil }
    self.value = value
  }

  private init(unchecked value: Int32) {
    self.value = value
  }
}

extension Weight: Comparable {
  public static func < (left: Weight, right: Weight) -> Bool { left.value < right.value }
}
