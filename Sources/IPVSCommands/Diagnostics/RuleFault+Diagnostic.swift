// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSGrammar
internal import IPVSListing
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSchedulers
internal import IPVSText

extension RuleFault {
  /// The longest line of which the place of a fault is marked, in bytes.
  private static let longestMarked = 200

  /// What is wrong: `rules:12:31: cause`, the line with a mark below the place, and the remedy.
  ///
  /// - Parameter file: The name of the file as typed.
  func diagnostic(in file: ByteString) -> Diagnostic {
    let explanation = explanation
    let name = RuleInput.title(of: file)
    let severity: MessageText = severity == .warning ? "warning: " : ""
    let others: MessageText =
      followers == 0
      ? "" : " (\(followers) more \(followers == 1 ? "line has" : "lines have") the same)"
    var details = quote
    details += explanation.output
    if let remedy = explanation.remedy { details.append("remedy: \(remedy)") }
    var diagnostic = Diagnostic(
      ByteString(
        ("\(name):\(line):\(column): \(severity)\(explanation.cause)\(others)" as MessageText).bytes
      ),
      details.map {
        ByteString(("\(printing: ByteString($0.bytes), atMost: 500)" as MessageText).bytes)
      })
    diagnostic.place = Diagnostic.Place(file: file, line: line, column: column)
    return diagnostic
  }

  /// Writes the fault as an element of the document of `--check --json`.
  ///
  /// - Parameter file: The name of the file as typed.
  func write(to json: inout JSONWriter, in file: ByteString) {
    let explanation = explanation
    json.object { json in
      json.field("file", file)
      json.field("line", line)
      json.field("column", column)
      json.field("message", explanation.cause.description)
      json.field("cause", explanation.cause.description)
      json.field("remedy", explanation.remedy?.description)
      json.field("severity", word: severity == .fault ? "fault" : "warning")
      json.field("text", text)
      json.field("followers", followers)
    }
  }

  /// The line, and below it a mark.
  private var quote: [MessageText] {
    guard words != nil else { return [] }
    let isShort = text.count <= Self.longestMarked
    let isPrintable = text.bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7f }
    let line: MessageText = "\(printing: text, atMost: Self.longestMarked)"
    guard isShort, isPrintable else { return [line] }
    return [line, "\(String(repeating: " ", count: column - 1))^"]
  }

  /// The cause and the remedy.
  var explanation: Explanation {
    switch kind {
    case .grammar(let error): error.explanation(in: TypedLine(words ?? Words()))
    case .noRule(let command): Self.noRule(command)
    case .secondService(let identity, let first):
      Explanation("service \(identity.wording) is in line \(first) already", Self.leaveOneOut)
    case .secondServer(let server, let first):
      Explanation(
        "service \(server.service.wording) has server \(server.endpoint) from line \(first) already",
        Self.leaveOneOut)
    case .secondTimeouts(let first):
      Explanation("timeouts are in line \(first) already", Self.leaveOneOut)
    case .secondDaemon(let role, let first):
      Explanation(
        "the \(role.wording) daemon is in line \(first) already; there can be one of each kind",
        Self.leaveOneOut)
    case .noService(let identity, let later?):
      Explanation(
        "service \(identity.wording) is added in line \(later) only",
        "move line \(later) before this one")
    case .noService(let identity, nil):
      Explanation(
        "no line before this one adds service \(identity.wording)",
        "add a line before it: -A \(identity.typed) -s wlc")
    case .thresholds(let lower, 0):
      Explanation(
        "lower threshold \(lower) without an upper threshold",
        "give an upper threshold of \(lower) or more with -x")
    case .thresholds(let lower, let upper):
      Explanation(
        "lower threshold \(lower) is above upper threshold \(upper)",
        "give -y a value of at most \(upper), or raise -x")
    case .notUnicast(let address):
      Explanation(
        "\(address) is \(address.kind.wordingOtherThanUnicast ?? "not unicast"), and a real server "
          + "needs an address of its own", "name the address of one machine with -r")
    case .unknownScheduler(let name): Self.unknown(scheduler: name)
    case .unknownEngine(let name):
      Explanation(
        "Linux has no persistence engine \(quoting: name.text); it has sip",
        "write --pe sip, or leave --pe out")
    case .byteOrderMark:
      Explanation(
        "the file begins with a byte order mark (U+FEFF), which is passed over here but not by -R",
        "save it as UTF-8 without a byte order mark")
    case .overlongLine:
      Explanation(
        "the line has more than \(RestoreReader.longestLine) bytes; nothing after it was read",
        "give the rules as text, one command to a line")
    }
  }

  private static let leaveOneOut: MessageText = "leave one of the two lines out"

  private static func noRule(_ command: CommandName) -> Explanation {
    switch command {
    case .editService, .editServer:
      Explanation(
        "\(command.typed) changes a table, and a file of rules describes one",
        "write the line with -A or -a, as it is to be after the change")
    case .deleteService, .deleteServer, .clear:
      Explanation(
        "\(command.typed) takes away from a table, and a file of rules describes one",
        "leave out the line, and the one that adds the rule: what is not in the file is deleted")
    default:
      Explanation("\(command.typed) describes no rule", "leave the line out")
    }
  }

  private static func unknown(scheduler: KernelName) -> Explanation {
    let name = scheduler.description
    let near = NearMiss.nearest(
      to: name.lowercased(), among: SchedulerName.allCases.map(\.rawValue), atMost: 1
    ) { $0 }
    return Explanation(
      "Linux has no scheduler \(quoting: scheduler.text); a kernel may have more",
      near.first.map { "did you mean -s \($0)?" } ?? "-h lists the schedulers")
  }
}
