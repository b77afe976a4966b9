/// A point in the engine's time, in hundredths of a second since any beginning.
///
/// The engine asks no clock: whoever drives it says what time it is. The resolution is that of a
/// kernel with HZ=100, so that what the kernel rounds is rounded in the same way.
public struct Instant: Hashable, Comparable, Sendable {
  /// How many ticks make a second (the kernel's `HZ`).
  public static let ticksPerSecond: UInt64 = 100

  public var ticks: UInt64

  public init(ticks: UInt64) {
    self.ticks = ticks
  }

  public init(seconds: UInt64) {
    ticks = seconds &* Self.ticksPerSecond
  }

  public static func < (left: Instant, right: Instant) -> Bool { left.ticks < right.ticks }

  /// The moment so many ticks later; the end of time if there is none.
  public func advanced(byTicks ticks: UInt64) -> Instant {
    let (sum, overflow) = self.ticks.addingReportingOverflow(ticks)
    return Instant(ticks: overflow ? .max : sum)
  }

  /// How many ticks lie between an earlier moment and this one; 0 if time went backwards.
  public func ticks(since earlier: Instant) -> UInt64 {
    ticks > earlier.ticks ? ticks - earlier.ticks : 0
  }
}
