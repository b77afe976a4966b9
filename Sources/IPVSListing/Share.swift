// SPDX-License-Identifier: Apache-2.0

/// A part of a whole in percent, rounded to the nearest: what a server has of its service's weights or
/// connections.
package struct Share: Hashable, Comparable, Sendable {
  /// 0...100.
  package let percent: UInt8

  /// - Parameters:
  ///   - part: The part; more than the whole counts as all of it.
  ///   - whole: The sum of all parts.
  /// - Returns: Nil where the whole is nothing.
  package init?(_ part: Double, of whole: Double) {
    guard whole > 0 else { return nil }
    percent = UInt8((min(part / whole, 1) * 100).rounded())
  }

  package static func < (left: Share, right: Share) -> Bool { left.percent < right.percent }
}
