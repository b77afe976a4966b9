// SPDX-License-Identifier: Apache-2.0

internal import IPVSBalancing
internal import IPVSGrammar
internal import IPVSPrograms
internal import IPVSText

extension EngineUsageError {
  /// The text for the user.
  var diagnostic: Diagnostic {
    switch self {
    case .noVerb:
      Diagnostic("there is no word that says what to do", remedy: Self.verbRule)
    case .unknownVerb(let word):
      Diagnostic("unknown command \(quoting: word)", remedy: Self.verbRule)
    case .unknownOption(let word):
      Diagnostic("unknown option \(quoting: word)", remedy: Self.suggestion(for: word))
    case .strangeOption(let option, let verb, let others):
      Diagnostic(
        "\(verb.rawValue) takes no option \(quoting: option)",
        remedy: "it goes with \(others.map(\.rawValue).listed(with: "and"))")
    case .missingValue(let word):
      Diagnostic(
        "missing value", cause: "the line ends with \(quoting: word)",
        remedy: "write the value behind it")
    case .unwantedValue(let word):
      Diagnostic(
        "unwanted value in \(quoting: word)", remedy: "leave out the `=' and what is behind it")
    case .repeatedOption(let option):
      Diagnostic("option \(quoting: option) given twice", remedy: "leave one of them out")
    case .missingOption(let name, let verb):
      Diagnostic("\(verb.rawValue) needs the option \(Self.typed(name))")
    case .leftover(let word, let verb):
      Diagnostic(
        "unexpected word \(quoting: word)", cause: "\(verb.rawValue) takes options only",
        remedy: "write it behind the option that it is the value of, or leave it out")
    case .noCommand:
      Diagnostic("run needs a command", remedy: "ipvs-engine run -- COMMAND [ARGUMENT...]")
    case .nothingToDivertTo:
      Diagnostic(
        "--divert without a device",
        cause: "it leads packets through the device that --tun names",
        remedy: "add --tun, for example --tun=ipvs0")
    case .overwritten(let file):
      Diagnostic(
        "--read and --write name the same file", about: ["file: \(file)"],
        remedy: "write to another one")
    case .notASetting(let text):
      Diagnostic(
        "\(quoting: text) sets nothing", remedy: "write a name and a value: --sysctl=drop_entry=1")
    case .setting(.unknown(let name), _):
      Diagnostic(
        "there is no setting \(quoting: name)",
        remedy: "the settings are: \(Settings.names.map { "\($0)" }.joined(separator: " "))")
    case .setting(.range(let name, let range), let text):
      Diagnostic(
        "\(quoting: text) is out of range",
        cause: "\(name) takes numbers from \(range.lowerBound) to \(range.upperBound)")
    case .notANumber(let text):
      Diagnostic("\(quoting: text) is not a number that can be set here")
    case .notARelease(let text):
      Diagnostic(
        "\(quoting: text) is not a kernel that the engine knows",
        cause: "it knows Linux from 6.1 on",
        remedy: "write two or three numbers: --as-kernel=6.1.176")
    }
  }

  private static let verbRule: MessageText =
    "begin with serve, run, or replay; `ipvs-engine --help' describes them"

  private static func suggestion(for word: ByteString) -> MessageText {
    NearestOption.to(word, among: EngineOption.all.map(\.long)).map { "did you mean \($0)?" }
      ?? "`ipvs-engine --help' lists all options"
  }

  private static func typed(_ name: EngineOption.Name) -> String {
    EngineOption[name].map { option in
      option.value.map { "--\(option.long)=\($0)" } ?? "--\(option.long)"
    } ?? ""
  }
}

extension Diagnostic {
  /// A diagnostic of `ipvs-engine`, whose first line names the program: with `run`, the command
  /// writes to the same file.
  init(_ headline: MessageText, cause: MessageText? = nil, remedy: MessageText? = nil) {
    self.init(headline, about: [], cause: cause, remedy: remedy)
  }

  /// - Parameter objects: Lines that name the objects.
  init(
    _ headline: MessageText, about objects: [MessageText], cause: MessageText? = nil,
    remedy: MessageText? = nil
  ) {
    var details = objects
    if let cause { details.append("cause: \(cause)") }
    if let remedy { details.append("remedy: \(remedy)") }
    let first: MessageText = "ipvs-engine: \(headline)"
    self.init(ByteString(first.bytes), details.map { ByteString($0.bytes) })
  }
}
