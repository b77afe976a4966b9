// SPDX-License-Identifier: Apache-2.0

internal import IPVSGrammar
internal import IPVSPrograms
internal import IPVSSchedulers
internal import IPVSText

/// A word of a line that belongs to no option, and what it may have been meant for.
struct Leftover {
  let word: ByteString
  let line: TypedLine

  var explanation: Explanation {
    shellText ?? command.flatMap(explanation(ofFileFor:)) ?? surplusTimeout ?? interval
      ?? bareOption
      ?? bareValue
      ?? Explanation(
        "\(quoting: word) belongs to no option",
        "write it after the option that it is the value of, or leave it out")
  }

  private var command: CommandName? {
    if case .command(let name)? = line.command?.meaning { name } else { nil }
  }

  /// The seconds of `--watch` or `--monitor`, which a `=` joins to it.
  private var interval: Explanation? {
    guard !word.isEmpty, word.bytes.allSatisfy(isDigit) else { return nil }
    let isMonitor = command == .monitor
    guard isMonitor || line.names(.watch) else { return nil }
    let option: MessageText = isMonitor ? "--monitor" : "--watch"
    return Explanation(
      "the seconds of \(option) are joined to it", "did you mean \(option)=\(word)?")
  }

  /// What a shell would have taken away, and the program's own name by its path.
  private var shellText: Explanation? {
    if word == "\\" {
      return Explanation("a line cannot be continued in the next", "write both in one line")
    }
    if word.description.hasSuffix("/ipvsadm") {
      return Explanation(
        "of the program's names only the bare word `ipvsadm' is passed over in restore input",
        "leave \(quoting: word) out")
    }
    guard let first = word.bytes.first, "<>|&;".utf8.contains(first) || word == "sudo" else {
      return nil
    }
    return Explanation(
      "\(quoting: word) is of a shell's language, and no shell reads it here",
      "leave it and what belongs to it out: a line holds one command of ipvsadm")
  }

  /// A file that is meant to be read or written. Nil: the command does neither.
  func explanation(ofFileFor command: CommandName) -> Explanation? {
    switch command {
    case .restore:
      Explanation(
        "-R (--restore) takes no name of a file: it reads lines from standard input",
        "did you mean 'ipvsadm -R < \(fileWord)'? ipvsadm-restore reads standard input, too")
    case .save:
      Explanation(
        "-S (--save) takes no name of a file: it writes lines to standard output",
        "did you mean 'ipvsadm \(line.names(.numeric) ? "-Sn" : "-S") > \(fileWord)'?")
    case .metrics:
      if word == "server" || word == "service" {
        Explanation(
          "what --metrics counts is joined to it by a `='",
          "did you mean 'ipvsadm --metrics=\(word)'?")
      } else {
        Explanation(
          "--metrics prints to standard output", "to write to a file, name it with --output FILE")
      }
    default: nil
    }
  }

  /// The word where it can be typed in a shell as it is.
  private var fileWord: ByteString {
    let isPlain = word.bytes.allSatisfy { byte in
      isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        || "/._-".utf8.contains(byte)
    }
    return isPlain ? word : "FILE"
  }

  private var surplusTimeout: Explanation? {
    guard command == .setTimeouts else { return nil }
    return Explanation(
      "--set takes three numbers, and \(quoting: word) is the fourth",
      "write --set TCP TCPFIN UDP, in seconds; 0 keeps the present value")
  }

  /// An option without its dash, or a forwarding method by another name.
  private var bareOption: Explanation? {
    guard let command else { return nil }
    let meant = KnownOption.all.first { option in
      guard case .option(let name) = option.meaning, name.commands.contains(command) else {
        return false
      }
      return option.long == word || option.letter.map { word.bytes == [$0] } == true
    }
    if let meant {
      return Explanation(
        "\(quoting: word) has no dash before it, and options begin with one",
        "did you mean \(meant.both)?")
    }
    guard line.command?.meaning.takesServer == true, !line.names(.forwardingMethod),
      let method = Self.methods.first(where: { $0.word == word.lowercased })
    else { return nil }
    return Explanation(
      "\(quoting: word) belongs to no option; forwarding methods are options themselves",
      "did you mean \(method.option)?")
  }

  private static let methods: [(word: ByteString, option: MessageText)] = [
    ("masq", "-m (--masquerading)"), ("nat", "-m (--masquerading)"),
    ("masquerade", "-m (--masquerading)"), ("route", "-g (--gatewaying)"),
    ("gate", "-g (--gatewaying)"), ("dr", "-g (--gatewaying)"), ("direct", "-g (--gatewaying)"),
    ("tun", "-i (--ipip)"), ("tunnel", "-i (--ipip)"),
  ]

  /// The value of an option that is missing before it.
  private var bareValue: Explanation? {
    guard let command else { return nil }
    let cause: MessageText = "\(quoting: word) belongs to no option"
    if word.isLikeAddress {
      if !line.names(.serviceAddress), OptionName.serviceAddress.commands.contains(command) {
        return Explanation(cause, "did you mean -t \(word)? For UDP it is -u")
      }
      if !line.names(.realServer), OptionName.realServer.commands.contains(command) {
        return Explanation(cause, "did you mean -r \(word)?")
      }
      return nil
    }
    if SchedulerName(rawValue: word.lowercased.description) != nil, !line.names(.scheduler),
      OptionName.scheduler.commands.contains(command)
    {
      return Explanation(cause, "did you mean -s \(word.lowercased)?")
    }
    if word.bytes.allSatisfy(isDigit), !line.names(.weight),
      OptionName.weight.commands.contains(command)
    {
      return Explanation(cause, "did you mean -w \(word)?")
    }
    return nil
  }
}
