internal import Glibc

/// Memory for large tables, which are reached at random: aligned so that the system may back it by large
/// pages, whose addresses a processor keeps all at hand.
enum HugeMemory {
  private static let hugePage = 2 << 20

  static func allocate<Element: BitwiseCopyable>(
    _ count: Int, of type: Element.Type
  ) -> UnsafeMutablePointer<Element> {
    let size = count * MemoryLayout<Element>.stride
    let isHuge = size >= hugePage
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: size, alignment: isHuge ? hugePage : 128)
    // Advice only: where it is not taken, the tables are merely slower.
    if isHuge { madvise(memory, size, MADV_HUGEPAGE) }
    return memory.bindMemory(to: Element.self, capacity: count)
  }

  static func free<Element>(_ memory: UnsafeMutablePointer<Element>) {
    UnsafeMutableRawPointer(memory).deallocate()
  }
}
