import IPVSGrammar
import IPVSRules

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
    case .conflictingViews: "options conflicts in the list command"
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

  var explanation: [MessageText] {
    switch self {
    case .missing(.serviceAddress, let command):
      [
        "\(command.typed) is about one virtual service.",
        "Name it with -t, -u, or --sctp-service host[:port], or with -f mark.",
      ]
    case .missing(let option, let command):
      ["\(command.typed) is about one real server: name it with \(option.typed) host[:port]."]
    case .illegal(let option, let command):
      [
        "\(option.typed) means nothing to \(command.typed).",
        "It goes with \(option.commands.map(\.shortest).listed(with: "and")).",
      ]
    case .exclusive(let option, let other, _):
      [
        "A listing shows either what \(other.typed) or what \(option.typed) asks for.",
        "Run the command once for each.",
      ]
    case .conflictingViews:
      [
        "--stats, --rate, and --thresholds are columns of services and real servers, which",
        "-c, --timeout, and --daemon do not show; --persistent-conn goes with -c alone of these.",
      ]
    case .noTunnel(let option):
      [
        "\(option.typed) describes a tunnel, but packets go to this real server without one.",
        "Add -i (--ipip), or leave out what begins with --tun-.",
      ]
    case .missingInTunnel(_, let kind):
      ["A \(kind.word) tunnel carries packets in UDP: name its port, as in --tun-port 6080."]
    case .illegalInTunnel(let option, let kind):
      [
        "A tunnel of the kind \(kind.word) has no \(option.typed).",
        "A port and --tun-remcsum go with gue, the other checksums with gue and gre.",
      ]
    case .exclusiveInTunnel(let option, let other, _):
      ["The outer header has one kind of checksum: take \(other.typed) or \(option.typed)."]
    }
  }
}
