import IPVSAddresses
package import IPVSGrammar
package import IPVSText

extension GrammarError {
  /// What is wrong, word for word as ipvsadm 1.31 says it; then, each indented by two blanks, lines
  /// that say what it means and what helps. Every line is complete.
  ///
  /// - Parameters:
  ///   - programName: What the program was called as.
  ///   - line: Where the words stand, if they are restore input.
  package func message(programName: ByteString, line: RestoreLine? = nil) -> ByteString {
    var text = TextBuffer()
    text.append(contentsOf: firstLine(programName: programName).bytes)
    text.append(byte: UInt8(ascii: "\n"))
    if let line {
      text.append(contentsOf: place(of: line).bytes)
      text.append(byte: UInt8(ascii: "\n"))
    }
    for explanation in explanation {
      text.append("  ")
      text.append(contentsOf: explanation.bytes)
      text.append(byte: UInt8(ascii: "\n"))
    }
    return ByteString(text.bytes)
  }

  private func place(of line: RestoreLine) -> MessageText {
    "  line \(line.number): \(printing: line.text, atMost: 200)"
  }

  private func firstLine(programName: ByteString) -> MessageText {
    switch self {
    case .noCommand, .nestedRestore:
      "Try `\(programName) -h' or '\(programName) --help' for more information."
    case .unknownOption(let word): "\(word.text): unknown option"
    case .missingArgument(let word): "\(word.text): missing argument"
    case .unwantedArgument(let word): "\(word.text): option does not take an argument"
    case .secondCommand(let word, _, _): "invalid option `\(word.text)'"
    case .repeatedOption(let option, _): "multiple '\(option.word)' options specified"
    case .leftover(let word): "unexpected argument \(word.text)"
    case .missingOption(let option, let command):
      "You need to supply the '\(option.word)' option for the '\(command.word)' command"
    case .illegalOption(let option, let command):
      "Illegal '\(option.word)' option with the '\(command.word)' command"
    case .exclusiveOptions(let option, let other, let command):
      """
      The option '\(option.word)' conflicts with the '\(other.word)' option \
      in the '\(command.word)' command
      """
    case .conflictingViews: "options conflicts in the list command"
    case .tooFewTimeouts: "--set option requires 3 timeout values"
    case .timeout(let word, _): "invalid timeout value `\(word.text)' specified"
    case .mark(let word, _): "invalid fwmark value `\(word.text)' specified"
    case .ipv6BeforeMark: "-6 used before -f"
    case .serviceAddress: "illegal virtual server address[:port] specified"
    case .serverAddress: "illegal real server address[:port] specified"
    case .netmask: "illegal virtual server persistent mask specified"
    case .prefixLength: "illegal ipv6 netmask specified"
    case .number(let option, _, _): "illegal \(option.wordForNumber) specified"
    case .daemonRole(_, .stopDaemon): "illegal start_daemon specified"
    case .daemonRole: "illegal start-daemon parameter specified"
    case .multicastGroup(let word, .ipv4): "invalid IPv4 mcast-group `\(word.text)'"
    case .multicastGroup(let word, .ipv6): "invalid IPv6 mcast-group `\(word.text)'"
    case .tunnelKind: "illegal tunnel type specified"
    case .unknownSchedulerFlag(let flag): "invalid scheduler flag `\(flag)'"
    case .foreignSchedulerFlag(let flag, _): "incompatible scheduler flag `\(flag)'"
    case .zeroPort: "Zero port specified for non-persistent service"
    case .onePacketOverStream: "One-Packet Scheduling is only for UDP virtual services"
    case .differentFamilies: "Different address family is allowed only for tunneling servers"
    case .tunnelOptionsWithoutTunnel: "Tunnel options conflict with forward method"
    case .missingTunnelOption(let option, let kind):
      "You need to supply the '\(option.word)' option for the '\(kind.word)' tunnel type"
    case .illegalTunnelOption(let option, let kind):
      "Illegal '\(option.word)' option with the '\(kind.word)' tunnel type"
    case .exclusiveTunnelOptions(let option, let other, let kind):
      """
      The option '\(option.word)' conflicts with the '\(other.word)' option \
      in the '\(kind.word)' tunnel type
      """
    }
  }
}

extension OptionName {
  /// What messages call a number that the option does not take.
  fileprivate var wordForNumber: StaticString {
    switch self {
    case .upperThreshold: "u_threshold"
    case .lowerThreshold: "l_threshold"
    case .tunnelPort: "tunnel port"
    default: word
    }
  }
}
