// SPDX-License-Identifier: Apache-2.0

internal import CLibnlReference
internal import Glibc

/// What the process holds.
public struct Resources: Sendable {
  /// Open file descriptors.
  public let descriptors: Int

  /// Bytes that malloc has given out and not taken back.
  public let heapBytes: Int

  public static var now: Resources {
    var descriptors = 0
    for number in 0..<Int32(4096) where fcntl(number, F_GETFD) >= 0 { descriptors += 1 }
    return Resources(descriptors: descriptors, heapBytes: heap_bytes())
  }

  /// Whether nothing was lost since `before`, in which 1,000 things or more were done: a few
  /// descriptors and some memory may go to the test's own threads.
  public func isNoMore(than before: Resources) -> Bool {
    descriptors < before.descriptors + 10 && heapBytes < before.heapBytes + 100_000
  }
}
