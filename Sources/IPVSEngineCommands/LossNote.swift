internal import IPVSBalancing

/// When to say of lost packets how many they are: at once, but no more often than once a minute, for
/// what loses packets goes on losing them.
struct LossNote {
  private static let pause = 60 * Instant.ticksPerSecond

  private var told: UInt64 = 0
  private var last: Instant?

  /// How many packets were lost that are to be told of now. Nil: none, or they can wait.
  ///
  /// - Parameters:
  ///   - lost: How many were lost so far.
  ///   - isLast: There is no other time to tell.
  mutating func due(_ lost: UInt64, at now: Instant, isLast: Bool = false) -> UInt64? {
    guard lost > told else { return nil }
    if let last, !isLast, now.ticks(since: last) < Self.pause { return nil }
    defer { (told, last) = (lost, now) }
    return lost - told
  }
}
