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

extension RuleFault: CustomStringConvertible {
  /// Line, column, and what is wrong there: `12:31: service TCP 192.0.2.10:80 is on line 3 already`.
  public var description: String { "\(line):\(column): \(cause)" }

  private var cause: String {
    switch kind {
    case .grammar: "the line is no command"
    case .noRule: "the command describes no rule"
    case .secondService(let identity, let first):
      "service \(identity) is on line \(first) already"
    case .secondServer(let name, let first): "server \(name) is on line \(first) already"
    case .secondTimeouts(let first): "timeouts are on line \(first) already"
    case .secondDaemon(let role, let first): "a \(role) daemon is on line \(first) already"
    case .noService(let identity, let later):
      "no line before this one adds service \(identity)"
        + (later.map { "; line \($0) does" } ?? "")
    case .thresholds(let lower, 0): "the lower threshold, \(lower), has no upper one"
    case .thresholds(let lower, let upper):
      "the lower threshold, \(lower), is above the upper one, \(upper)"
    case .notUnicast(let address): "\(address) is not the address of one machine"
    case .unknownScheduler(let name): "Linux has no scheduler \(name)"
    case .unknownEngine(let name): "Linux has no persistence engine \(name)"
    case .byteOrderMark: "the file begins with a byte order mark"
    case .overlongLine: "the line has more than \(RestoreReader.longestLine) bytes"
    }
  }
}
