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

  /// Reads lines once more, from one on that was read before.
  public init(rereading line: RestoreLine.Place) {
    buffer = line.bytes
    start = line.range.lowerBound
    searched = start
    number = line.number - 1
    isFinished = true
  }

  /// Adds what `read` puts into the room that it is given.
  ///
  /// - Parameter count: The bytes of that room.
  /// - Returns: How many bytes came.
  public mutating func feed<Failure: Error>(
    atMost count: Int, _ read: (inout OutputSpan<UInt8>) throws(Failure) -> Void
  ) throws(Failure) -> Int {
    // Even to remove nothing from the front, an array moves all of its elements.
    if start > 0 {
      buffer.removeFirst(start)
      searched -= start
      start = 0
    }
    // Else the rest of a line would make it twice as large.
    if buffer.isEmpty { buffer.reserveCapacity(count + 1024) }
    let before = buffer.count
    try buffer.append(addingCapacity: count, initializingWith: read)
    return buffer.count - before
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
        return RestoreLine(Words(words, in: buffer), number: number, range: range)
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
