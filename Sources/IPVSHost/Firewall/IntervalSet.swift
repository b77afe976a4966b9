// SPDX-License-Identifier: Apache-2.0

/// A set of numbers as closed intervals, ascending, that neither overlap nor touch.
package struct IntervalSet: Hashable, Sendable {
  /// The intervals.
  package private(set) var intervals: [ClosedRange<UInt128>]

  /// The union of intervals.
  ///
  /// - Parameter intervals: In any order; they may overlap.
  package init(_ intervals: [ClosedRange<UInt128>]) {
    self.intervals = []
    self.intervals.reserveCapacity(intervals.count)
    for interval in intervals.sorted(by: { $0.lowerBound < $1.lowerBound }) { append(interval) }
  }

  /// The set of single numbers.
  package init(numbers: some Sequence<UInt128>) {
    self.init(numbers.map { $0...$0 })
  }

  /// All numbers of a width in bits.
  ///
  /// - Parameter bits: 0 to 128.
  package init(allOf bits: Int) {
    intervals = [0...IntervalSet.ones(bits)]
  }

  /// The number whose lowest bits are one.
  ///
  /// - Parameter bits: How many; 0 to 128.
  package static func ones(_ bits: Int) -> UInt128 {
    bits >= 128 ? .max : (UInt128(1) << UInt128(max(bits, 0))) - 1
  }

  private mutating func append(_ next: ClosedRange<UInt128>) {
    guard let last = intervals.last else { return intervals.append(next) }
    let touches = last.upperBound == .max || next.lowerBound <= last.upperBound + 1
    guard touches else { return intervals.append(next) }
    if next.upperBound > last.upperBound {
      intervals[intervals.count - 1] = last.lowerBound...next.upperBound
    }
  }

  /// Whether no number is in the set.
  package var isEmpty: Bool { intervals.isEmpty }

  /// The only number of the set; nil where there are none or several.
  package var single: UInt128? {
    guard intervals.count == 1, intervals[0].lowerBound == intervals[0].upperBound else {
      return nil
    }
    return intervals[0].lowerBound
  }

  /// The numbers of the set.
  ///
  /// - Parameter limit: How many there may be.
  /// - Returns: Nil where there are more.
  package func numbers(atMost limit: Int) -> [UInt128]? {
    var numbers: [UInt128] = []
    for interval in intervals {
      guard interval.upperBound - interval.lowerBound < UInt128(limit - numbers.count) else {
        return nil
      }
      numbers.append(contentsOf: interval)
    }
    return numbers
  }

  /// Whether a number is in the set.
  package func contains(_ number: UInt128) -> Bool {
    interval(at: number).map { $0.contains(number) } ?? false
  }

  /// The first interval that ends at a number or behind it.
  private func interval(at number: UInt128) -> ClosedRange<UInt128>? {
    let index = firstIndex(endingFrom: number)
    return index < intervals.count ? intervals[index] : nil
  }

  private func firstIndex(endingFrom number: UInt128) -> Int {
    var (low, high) = (0, intervals.count)
    while low < high {
      let middle = (low + high) / 2
      if intervals[middle].upperBound < number { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Whether a number drawn from `values` is in the set: certainly, certainly not, or for some.
  package func holds(_ values: IntervalSet) -> Certainty {
    var (isInside, isOutside) = (true, true)
    for value in values.intervals {
      guard let first = interval(at: value.lowerBound), first.lowerBound <= value.upperBound else {
        isInside = false
        continue
      }
      isOutside = false
      if !(first.lowerBound <= value.lowerBound && value.upperBound <= first.upperBound) {
        isInside = false
      }
    }
    if isOutside { return .no }
    return isInside ? .yes : .maybe
  }

  /// The numbers of either set.
  package func union(_ other: IntervalSet) -> IntervalSet {
    self == other ? self : IntervalSet(intervals + other.intervals)
  }

  /// The numbers that are not in the set.
  ///
  /// - Parameter bits: How many bits they have; 0 to 128.
  package func complement(in bits: Int) -> IntervalSet {
    let last = IntervalSet.ones(bits)
    var gaps: [ClosedRange<UInt128>] = []
    var next: UInt128? = 0
    for interval in intervals where interval.lowerBound <= last {
      if let next, next < interval.lowerBound { gaps.append(next...interval.lowerBound - 1) }
      next = interval.upperBound >= last ? nil : interval.upperBound + 1
    }
    if let next { gaps.append(next...last) }
    return IntervalSet(gaps)
  }
}

/// Whether something is so for a packet of which not everything is known.
package enum Certainty: Hashable, Sendable {
  /// For every such packet.
  case yes

  /// For none.
  case no

  /// For some, or it cannot be known.
  case maybe

  /// Whether the opposite is so.
  package var opposite: Certainty {
    switch self {
    case .yes: .no
    case .no: .yes
    case .maybe: .maybe
    }
  }

  /// Whether both are so.
  package func and(_ other: Certainty) -> Certainty {
    if self == .no || other == .no { return .no }
    return self == .yes && other == .yes ? .yes : .maybe
  }
}
