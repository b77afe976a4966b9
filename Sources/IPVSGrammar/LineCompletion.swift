// SPDX-License-Identifier: Apache-2.0

package import IPVSAddresses
import IPVSNames
package import IPVSRules
package import IPVSText

/// What the last word of a line may be, which is still being typed: for the completion of a shell.
///
/// What is offered is what `OptionTable` allows beside the words before it. Values that are wrong are
/// passed over: their words may still be mended.
package struct LineCompletion {
  /// What may stand in place of the word.
  package enum Expected {
    /// One of these commands and options.
    case options([OptionRow])

    /// The value of an option or of a command.
    case value(OptionRow)

    /// The name of a file.
    case file

    /// A word of a packet, by its index: the protocol, the client, or the destination. The protocol where it
    /// is there.
    case packet(word: Int, TransportProtocol?)
  }

  package let expected: Expected

  /// What is typed of the word or the value.
  package let typed: ByteString

  /// What is before a value in its word, as in `--state=close`.
  package let prefix: ByteString

  /// The service that the words before name.
  package let service: ServiceIdentity?

  /// The scheduler that they name.
  package let scheduler: ByteString?

  /// The global options with those of the words before.
  package let globals: GlobalOptions

  /// - Parameters:
  ///   - words: The words behind the name of the program; the last one is the one that is typed.
  ///   - globals: The global options that apply where the words have none.
  package init(_ words: [ByteString], globals: GlobalOptions) {
    var reader = LineReader(Words(words.dropLast()), names: NoNames(), globals: globals)
    let typed = words.last ?? ""
    let position = reader.readTyped()
    self.globals = reader.globals ?? globals
    service = reader.line.service
    scheduler = reader.line.scheduler.map { reader.words.text($0.range) }
    if let option = position.incomplete {
      (expected, prefix, self.typed) = (.value(option), "", typed)
    } else if let (option, length) = Self.joinedValue(typed) {
      expected = .value(option)
      prefix = ByteString(typed.bytes.prefix(length))
      self.typed = ByteString(typed.bytes.dropFirst(length))
    } else {
      (prefix, self.typed) = ("", typed)
      if typed.bytes.first != UInt8(ascii: "-"), reader.expectsWord(position) {
        expected = reader.expectedWord(position)
      } else {
        expected = .options(reader.options(position))
      }
    }
  }

  /// The option of a word with the beginning of its value, and the length of what is before that.
  private static func joinedValue(_ word: ByteString) -> (OptionRow, Int)? {
    guard word.hasPrefix("-") else { return nil }
    let name = word.hasPrefix("--") ? word.bytes.dropFirst(2) : word.bytes.dropFirst()
    let row: OptionRow?
    let length: Int
    if word.hasPrefix("--") {
      guard let equals = name.firstIndex(of: UInt8(ascii: "=")) else { return nil }
      row = OptionTable.index(of: Array(name[..<equals]).span).map { OptionTable.table[$0] }
      length = equals + 1
    } else {
      guard name.count > 1, let letter = name.first else { return nil }
      row = OptionTable.index(of: letter).map { OptionTable.table[$0] }
      length = 2
    }
    return row.flatMap { $0.value == .none ? nil : ($0, length) }
  }
}

/// Names are not looked up while a line is typed: a name server may take long.
private final class NoNames: NameService {
  func addresses(ofHost name: ByteString) -> [IPAddress] { [] }
  func host(at address: IPAddress) -> ByteString? { nil }
  func port(ofService name: ByteString, over transport: TransportProtocol) -> UInt16? { nil }
  func service(at port: UInt16, over transport: TransportProtocol) -> ByteString? { nil }
}

/// Where a line that is being typed has come to.
private struct TypedPosition {
  var hasCommand = false

  /// The option or command whose value comes next.
  var incomplete: OptionRow?

  /// How many names of files, or words of a packet, there are.
  var files = 0

  /// The protocol of the packet; nil where there is none.
  var transport: TransportProtocol?
}

extension LineReader {
  /// Reads a line as far as it has been typed.
  fileprivate mutating func readTyped() -> TypedPosition {
    var position = TypedPosition()
    var isAtEnd = false
    while !isAtEnd {
      do throws(GrammarError) {
        guard let found = try scanner.nextOption() else {
          isAtEnd = true
          continue
        }
        if case .command(let command) = found.meaning, !position.hasCommand {
          position.hasCommand = true
          line.command = command
          scanner.command = command
        } else {
          try take(found)
        }
      } catch {
        guard case .words(.missingArgument(_, let option)) = error else { continue }
        position.incomplete =
          OptionTable.index(of: option.bytes.span).map { OptionTable.table[$0] }
        isAtEnd = true
      }
    }
    while let word = scanner.takeLeftover() {
      if position.files == 0 {
        position.transport = Self.transport(words.bytes.span.extracting(word.range))
      }
      position.files += 1
    }
    return position
  }

  fileprivate func expectsWord(_ position: TypedPosition) -> Bool {
    position.hasCommand && position.files < line.command.files.upperBound
  }

  fileprivate func expectedWord(_ position: TypedPosition) -> LineCompletion.Expected {
    line.command == .explain ? .packet(word: position.files, position.transport) : .file
  }

  /// The commands where there is none yet, and otherwise the options that the line may still have.
  fileprivate func options(_ position: TypedPosition) -> [OptionRow] {
    if position.hasCommand, line.command == .help || line.command == .version { return [] }
    return OptionTable.rows.filter { row in
      switch row.meaning {
      case .command: !position.hasCommand
      case .global: true
      case .nothing: false
      case .ipv6: if case .mark(_, .ipv4) = line.service { true } else { false }
      case .service, .mark, .method, .option:
        position.hasCommand && (row.meaning.option.map { line.mayHave($0) } ?? false)
      }
    }
  }
}

extension LineContents {
  /// Whether the line may have an option beside those that it has.
  fileprivate func mayHave(_ option: OptionName) -> Bool {
    let rules = OptionRules[command]
    guard !given.contains(option) || rules.selecting.contains(option) else { return false }
    var trial = self
    trial.given.insert(option)
    guard OptionNames.tunnel.contains(option) == false || method == .tunneling else { return false }
    if OptionNames.tunnelDetails.contains(option) {
      let kind = OptionRules[tunnelKind]
      let details = trial.given.intersection(.tunnelDetails).union(kind.required)
      guard kind.fault(in: details) == nil else { return false }
    }
    trial.given.formUnion(rules.required)
    guard (try? trial.checkOptions()) != nil else { return false }
    return switch command {
    case .list: (try? ListRequest(of: trial)) != nil
    case .doctor: (try? trial.checkDoctorOptions()) != nil
    default: true
    }
  }
}
