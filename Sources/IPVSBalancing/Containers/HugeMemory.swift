// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Memory for large tables with random access, aligned so that the system may use huge pages, which take
/// fewer entries of the TLB.
enum HugeMemory {
  private static let hugePage = 2 << 20

  static func allocate<Element: BitwiseCopyable>(
    _ count: Int, of type: Element.Type
  ) -> UnsafeMutablePointer<Element> {
    let size = count * MemoryLayout<Element>.stride
    let isHuge = size >= hugePage
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: size, alignment: isHuge ? hugePage : 128)
    // Only advice: without huge pages the tables are slower.
    if isHuge { madvise(memory, size, MADV_HUGEPAGE) }
    return memory.bindMemory(to: Element.self, capacity: count)
  }

  static func free<Element>(_ memory: UnsafeMutablePointer<Element>) {
    UnsafeMutableRawPointer(memory).deallocate()
  }
}
