// SPDX-License-Identifier: Apache-2.0

/// Numbers in sentences.
extension Int {
  /// The number with commas between groups of three digits: `1,996`.
  package var grouped: String {
    var digits = Array(String(self))
    var index = digits.count - 3
    while index > (self < 0 ? 1 : 0) {
      digits.insert(",", at: index)
      index -= 3
    }
    return String(digits)
  }

  /// The number of things: `1 server`, `1,996 servers`.
  ///
  /// - Parameter noun: What one of them is called. Its plural has an `s` more.
  package func counted(_ noun: String) -> String {
    "\(grouped) \(noun)\(self == 1 ? "" : "s")"
  }
}
