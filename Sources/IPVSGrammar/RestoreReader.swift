/// Takes restore input apart into lines as it arrives, in pieces of any size.
///
/// The last line needs no end.
public struct RestoreReader: Sendable {
  /// The most bytes in a line. The kernel's longest names and addresses fill a few hundred.
  public static let longestLine = 16 << 20

  private var buffer: [UInt8] = []

  /// Where in `buffer` the next line begins.
  private var start = 0

  /// Up to where `buffer` was searched for the end of that line.
  private var searched = 0

  /// The words of the last line. Who is done with that line leaves the memory to the next one.
  private var words: [Range<Int>] = []

  private var number = 0
  private var isFinished = false

  public init() {}

  /// Adds what was read.
  public mutating func feed(_ bytes: some Collection<UInt8>) {
    // Even to remove nothing from the front, an array moves all of its elements.
    if start > 0 {
      buffer.removeFirst(start)
      searched -= start
      start = 0
    }
    // Else the rest of a line would make it twice as large.
    if buffer.isEmpty { buffer.reserveCapacity(bytes.count + 1024) }
    buffer.append(contentsOf: bytes)
  }

  /// Says that nothing more will come.
  public mutating func finish() {
    isFinished = true
  }

  /// The number of a line that is longer than it may be. Its bytes are still held; feed no more.
  public var overlongLine: Int? {
    buffer.count - start > Self.longestLine && searched == buffer.count ? number + 1 : nil
  }

  /// The next line with words in it. Nil: none is complete.
  public mutating func next() -> RestoreLine? {
    while let end = nextEnd() {
      number += 1
      let range = start..<end
      start = min(end + 1, buffer.count)
      searched = start
      let buffer = buffer
      words.removeAll(keepingCapacity: true)
      RestoreLine.findWords(in: buffer.span, range, &words)
      guard words.isEmpty else {
        let place = RestoreLine.Place(number: number, range: range, bytes: buffer)
        return RestoreLine(place: place, words: Words(words, in: buffer))
      }
    }
    return nil
  }

  private mutating func nextEnd() -> Int? {
    let end = buffer.span.extracting(searched...).firstIndex(of: UInt8(ascii: "\n"))
    searched = end.map { searched + $0 } ?? buffer.count
    if end != nil { return searched }
    return isFinished && start < searched ? searched : nil
  }
}
