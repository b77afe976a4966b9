// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The kernel that runs, as uname(2) tells of it.
package struct RunningKernel: Hashable, Sendable {
  /// The release, such as `6.1.0-18-amd64`, which is also the name of the folder of its modules.
  package let release: String

  /// The first three numbers of the release; 0 where there are fewer.
  ///
  /// Debian's kernels have their patch level in the version only: `#1 SMP Debian 6.1.176-1`.
  package let numbers: [Int]

  /// Reads a release.
  ///
  /// - Parameters:
  ///   - release: The release.
  ///   - version: What uname(2) says of the build.
  package init(_ release: String, version: String = "") {
    self.release = release
    let words = version.split(separator: " ")
    let debian = words.firstIndex(of: "Debian").flatMap { words.dropFirst($0 + 1).first }
    let text = debian ?? release[...]
    let parts = text.split { !("0"..."9" ~= $0) && $0 != "." }.first ?? ""
    let found = parts.split(separator: ".").prefix(3).map { Int($0) ?? 0 }
    numbers = found + [Int](repeating: 0, count: 3 - found.count)
  }

  /// That of this machine.
  package static var current: RunningKernel {
    var names = utsname()
    guard uname(&names) == 0 else { return RunningKernel("") }
    return RunningKernel(text(names.release), version: text(names.version))
  }

  private static func text(_ field: some BitwiseCopyable) -> String {
    withUnsafeBytes(of: field) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// Whether the kernel is of this release or of a later one.
  package func isAtLeast(_ wanted: Int...) -> Bool {
    for (own, other) in zip(numbers, wanted) where own != other { return own > other }
    return true
  }
}
