// SPDX-License-Identifier: Apache-2.0

internal import IPVSGrammar
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSText

extension OptionFault {
  /// The first line, from ipvsadm.c (`generic_opt_check`, `tunnel_opt_check`).
  var headline: MessageText {
    switch self {
    case .missing(let option, let command):
      "You need to supply the '\(option.word)' option for the '\(command.word)' command"
    case .illegal(let option, let command):
      "Illegal '\(option.word)' option with the '\(command.word)' command"
    case .exclusive(let option, let other, let command):
      """
      The option '\(option.word)' conflicts with the '\(other.word)' option \
      in the '\(command.word)' command
      """
    case .conflictingViews, .unwatched: "options conflicts in the list command"
    case .orderWithoutWatch: "Illegal 'sort-by' option without 'watch'"
    case .toldAs(let fault, _): fault.headline
    case .aboutConnections(let option):
      "The option '\(option.word)' needs the 'connection' option in the 'list' command"
    case .aboutRealServer(let option):
      "The option '\(option.word)' needs the 'real-server' option in the 'doctor' command"
    case .noTunnel: "Tunnel options conflict with forward method"
    case .missingInTunnel(let option, let kind):
      "You need to supply the '\(option.word)' option for the '\(kind.word)' tunnel type"
    case .illegalInTunnel(let option, let kind):
      "Illegal '\(option.word)' option with the '\(kind.word)' tunnel type"
    case .exclusiveInTunnel(let option, let other, let kind):
      """
      The option '\(option.word)' conflicts with the '\(other.word)' option \
      in the '\(kind.word)' tunnel type
      """
    }
  }

  func explanation(in line: TypedLine) -> Explanation {
    switch self {
    case .missing(.serviceAddress, let command):
      Explanation(
        "\(command.typed) is about one virtual service, and none is named",
        "add -t, -u, or --sctp-service with host[:port], or -f with a firewall mark")
    case .missing(let option, let command):
      Explanation(
        "\(command.typed) is about one real server, and none is named",
        "add \(option.typed) host[:port]")
    case .illegal(let option, let command): Self.illegal(option, with: command, in: line)
    case .exclusive(let option, let other, _):
      Explanation(
        "a listing shows either what \(other.typed) or what \(option.typed) asks for",
        "run the command once for each")
    case .toldAs(_, let reason): reason.explanation(in: line)
    case .aboutConnections(let option):
      Explanation(
        "\(option.typed) is about connections, and the line lists services",
        "add -c (--connection), or leave \(option.typed) out")
    case .aboutRealServer(let option):
      Explanation(
        "\(option.typed) is about a real server, and the line looks at a director",
        "add --real-server, or leave \(option.typed) out")
    case .conflictingViews:
      Explanation(
        "-c, --timeout, and --daemon show no services, to which the other view belongs",
        "run the command once for each; of the views only --persistent-conn goes with -c")
    case .unwatched(let option):
      Explanation(
        "--watch shows the table with columns of its own, and \(option.typed) asks for another listing",
        "leave out --watch or \(option.typed)")
    case .orderWithoutWatch:
      Explanation(
        "--sort-by orders the table that --watch shows", "add --watch, or leave out --sort-by")
    case .noTunnel(let option):
      Explanation(
        "\(option.typed) describes a tunnel, but packets go to this real server without one",
        "add -i (--ipip), or leave out what begins with --tun-")
    case .missingInTunnel(let option, let kind):
      Explanation(
        "a tunnel of the kind \(kind.word) carries packets in UDP, to a port that is not named",
        "add \(option.typed), as in --tun-port 6080")
    case .illegalInTunnel(let option, let kind):
      Explanation(
        "a tunnel of the kind \(kind.word) has no \(option.typed)",
        "leave it out: --tun-port and --tun-remcsum go with gue, other checksums also with gre")
    case .exclusiveInTunnel(let option, let other, _):
      Explanation(
        "the outer header has one kind of checksum",
        "leave out \(other.typed) or \(option.typed)")
    }
  }

  private static func illegal(
    _ option: OptionName, with command: CommandName, in line: TypedLine
  ) -> Explanation {
    guard !option.commands.contains(command) else {
      return Explanation(
        "\(option.typed) selects services, servers, or connections, and what is listed is none of them",
        "leave it out")
    }
    let cause: MessageText = "\(option.typed) means nothing to \(command.typed)"
    let typed = line.items.first { $0.option.meaning == .option(option) }?.option
    if let twin = typed?.twin(in: command) {
      return Explanation(cause, "did you mean \(twin.both)? Capitals count")
    }
    return Explanation(
      cause, "leave it out; it goes with \(option.commands.map(\.shortest).listed(with: "and"))")
  }
}

extension KnownOption {
  /// The option of the same letter in the other case, if the command takes it.
  func twin(in command: CommandName?) -> KnownOption? {
    letter.flatMap { KnownOption.twin(of: $0, in: command) }
  }

  /// The option of a letter's other case, if the command takes it; without a command, any.
  static func twin(of letter: UInt8, in command: CommandName?) -> KnownOption? {
    all.first { option in
      guard option.letter == letter ^ 0x20 else { return false }
      guard let command else { return true }
      if case .option(let name) = option.meaning { return name.commands.contains(command) }
      return false
    }
  }

  /// `-s (--scheduler)`, or the long form alone where there is no letter.
  var both: MessageText {
    letter == nil ? "--\(long)" : "\(shortest) (--\(long))"
  }
}
