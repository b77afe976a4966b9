// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses
public import IPVSRules
public import IPVSText

/// What is wrong with a line of a rule file.
public struct RuleFault: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// The line is no command.
    case grammar(GrammarError)

    /// The command changes or shows a table, and describes none.
    case noRule(CommandName)

    /// Two lines for one thing. `first` is the line of the first.
    case secondService(ServiceIdentity, first: Int)
    case secondServer(ServerIdentity, first: Int)
    case secondTimeouts(first: Int)
    case secondDaemon(SyncDaemon.Role, first: Int)

    /// A server of a service that was not added before. `later` is the line that adds it.
    case noService(ServiceIdentity, later: Int?)

    /// Thresholds that IPVS refuses.
    case thresholds(lower: UInt32, upper: UInt32)

    /// The address of a server that is not that of one machine.
    case notUnicast(IPAddress)

    /// A scheduler, or a persistence engine, that Linux does not have.
    case unknownScheduler(KernelName)
    case unknownEngine(KernelName)

    /// The file begins with a byte order mark.
    case byteOrderMark

    /// The line has more bytes than `RestoreReader.longestLine`.
    case overlongLine
  }

  public enum Severity: Hashable, Sendable {
    /// The file cannot be applied.
    case fault

    /// A kernel may take it.
    case warning
  }

  public var kind: Kind

  /// Counted from 1, blank lines and comments included.
  public let line: Int

  /// In characters, counted from 1.
  public let column: Int

  /// The words of the line; nil where the fault is about no line.
  public let words: Words?

  /// The line as it was typed.
  public let text: ByteString

  /// How many lines after this one have the same fault for the same reason.
  public var followers = 0

  public var severity: Severity {
    switch kind {
    case .unknownScheduler, .unknownEngine, .byteOrderMark: .warning
    default: .fault
    }
  }

  init(_ kind: Kind, line: Int, column: Int) {
    self.kind = kind
    self.line = line
    self.column = column
    words = nil
    text = ""
  }

  init(_ kind: Kind, in line: RestoreLine, at place: WordPlace = WordPlace(1)) {
    self.kind = kind
    self.line = line.number
    column = line.column(ofWord: place.position, last: place.length)
    // The line itself would keep the piece of input that it is in.
    words = Words(line.words.copies)
    text = line.text
  }

  public static func == (left: RuleFault, right: RuleFault) -> Bool {
    left.kind == right.kind && left.line == right.line && left.column == right.column
      && left.text == right.text && left.followers == right.followers
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(kind)
    hasher.combine(line)
    hasher.combine(column)
  }
}
