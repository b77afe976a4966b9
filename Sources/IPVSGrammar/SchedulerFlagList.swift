// SPDX-License-Identifier: Apache-2.0

package import IPVSRules
package import IPVSText

/// The value of `--sched-flags`: words with commas between them.
package enum SchedulerFlagList {
  /// The most bytes that are looked at; ipvsadm 1.31 cuts the list there.
  private static let longest = 127

  private struct Flag {
    let word: StaticString
    let flag: ServiceFlags

    /// The only scheduler that knows the flag by this word; nil: each has it.
    var scheduler: StaticString?
  }

  private static let flags: [Flag] = [
    Flag(word: "flag-1", flag: .scheduler1),
    Flag(word: "flag-2", flag: .scheduler2),
    Flag(word: "flag-3", flag: .scheduler3),
    Flag(word: "sh-fallback", flag: .fallback, scheduler: "sh"),
    Flag(word: "sh-port", flag: .port, scheduler: "sh"),
    Flag(word: "mh-fallback", flag: .fallback, scheduler: "mh"),
    Flag(word: "mh-port", flag: .port, scheduler: "mh"),
  ]

  /// The words that a list for a scheduler may have.
  ///
  /// - Parameter scheduler: Nil where it is not known, and each may have the flag.
  package static func words(of scheduler: ByteString?) -> [StaticString] {
    flags.filter { flag in
      guard let owner = flag.scheduler, let scheduler else { return true }
      return ByteString(owner) == scheduler
    }.map(\.word)
  }

  /// Reads a list for a scheduler. Empty items are skipped, and so is an empty list; a list of
  /// commas alone is refused.
  ///
  /// - Parameter scheduler: Nil where it is not known, and each may have the flag.
  package static func read(
    _ list: ByteString, scheduler: ByteString?
  ) throws(GrammarError) -> ServiceFlags {
    let bytes = list.bytes.prefix(longest)
    let words = bytes.split(separator: UInt8(ascii: ","))
    if words.isEmpty, !bytes.isEmpty { throw .values(.unknownSchedulerFlag(ByteString(bytes))) }
    var result: ServiceFlags = []
    for word in words {
      guard let flag = flags.first(where: { ByteString($0.word) == ByteString(word) }) else {
        throw .values(.unknownSchedulerFlag(ByteString(word)))
      }
      if let owner = flag.scheduler, let scheduler, ByteString(owner) != scheduler {
        throw .values(.foreignSchedulerFlag(ByteString(word), scheduler: scheduler))
      }
      result.insert(flag.flag)
    }
    return result
  }
}

extension ByteString {
  fileprivate init(_ text: StaticString) {
    self.init(stringLiteral: text)
  }
}
