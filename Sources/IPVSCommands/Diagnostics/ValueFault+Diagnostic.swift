// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSGrammar
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSText

extension ValueFault {
  /// The first line, from ipvsadm.c (`parse_options`, `process_options`).
  var headline: MessageText {
    switch self {
    case .tooFewTimeouts: "--set option requires 3 timeout values"
    case .timeout(let word, _, _): "invalid timeout value `\(word.text)' specified"
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
    case .interval: "illegal interval specified"
    case .choice(let word, let choice):
      "invalid --\(choice.rawValue) value `\(word.text)' specified"
    case .network: "illegal client network specified"
    case .parameter: "illegal parameter specified"
    case .address(let option, _): "illegal \(option.word) address specified"
    case .state: "illegal connection state specified"
    case .packetProtocol: "illegal protocol of a packet specified"
    case .packetEnd: "illegal packet address[:port] specified"
    case .packetFamilies: "Different address families in a packet"
    case .packetPort: "illegal packet port specified"
    case .unknownSchedulerFlag(let flag): "invalid scheduler flag `\(flag)'"
    case .foreignSchedulerFlag(let flag, _): "incompatible scheduler flag `\(flag)'"
    case .zeroPort: "Zero port specified for non-persistent service"
    case .onePacketOverStream: "One-Packet Scheduling is only for UDP virtual services"
    case .differentFamilies: "Different address family is allowed only for tunneling servers"
    }
  }

  func explanation(in line: TypedLine) -> Explanation {
    if let word, let explanation = Self.optionForValue(word, in: line) { return explanation }
    switch self {
    case .tooFewTimeouts(let count):
      let hasCommas = line.words.contains { $0.bytes.contains(UInt8(ascii: ",")) }
      return Explanation(
        hasCommas
          ? "the values are joined by commas, and blanks belong between them"
          : "\(count) of 3 values are there",
        "write --set TCP TCPFIN UDP, in seconds; 0 keeps the present value")
    case .timeout(let word, let fault, let range): return Self.timeout(word, fault, in: range)
    case .mark(let word, let fault):
      let explanation = Self.number(
        word, fault, of: "a firewall mark", in: 1...Int(UInt32.max))
      guard word.text.isLikeAddress else { return explanation }
      return Explanation(explanation.cause, "did you mean -t \(word.text)? For UDP it is -u")
    case .ipv6BeforeMark: return Self.ipv6WithoutMark(in: line)
    case .packetProtocol(let word):
      return Explanation(
        "\(quoting: word.text) is no protocol that IPVS balances",
        Self.nearest(to: word.text, among: ["tcp", "udp", "sctp"])
          .map { "did you mean \($0)?" } ?? "write tcp, udp, or sctp, or - for standard input")
    case .packetFamilies(let word, let client):
      return Explanation(
        "the client \("\(client)") is of \(client.family == .ipv4 ? "IPv4" : "IPv6"), and the "
          + "destination \(quoting: word.text) is not",
        "write both addresses of one family")
    case .packetPort(let word):
      return Explanation(
        "in \(quoting: word.text) the port is 0, which no packet has",
        "write a port from 1 to 65535, or leave it out")
    case .serviceAddress(let word, let error), .serverAddress(let word, let error),
      .packetEnd(let word, let error):
      return error.explanation(of: word.text)
    case .netmask(let word): return Self.netmask(word.text)
    case .prefixLength(let word):
      return Explanation(
        "the service is of IPv6, and \(quoting: word.text) is no length of a prefix",
        "write a number from 1 to 128")
    case .number(let option, let word, let fault):
      return Self.number(word, fault, of: "\(option.typed)", in: option.range ?? 0...0)
    case .daemonRole(let word, _):
      return Explanation(
        "\(quoting: word.text) is no role of a daemon",
        "write `master' or `backup', in small letters")
    case .multicastGroup(let word, .ipv4):
      return Explanation(
        "\(quoting: word.text) is no IPv4 group", "write one from 224.0.0.0 to 239.255.255.255")
    case .multicastGroup(let word, .ipv6):
      return Explanation(
        "\(quoting: word.text) is no IPv6 group", "write one that begins with ff, such as ff02::51")
    case .tunnelKind(let word):
      return Explanation(
        "\(quoting: word.text) is no kind of tunnel",
        Self.nearest(to: word.text, among: ["ipip", "gue", "gre"])
          .map { "did you mean \($0)?" } ?? "write ipip, gue, or gre")
    case .interval(let word, let fault):
      if fault == .notANumber, let seconds = Self.seconds(word.text), seconds > 0 {
        return Explanation(
          "\(quoting: word.text) is no whole number of seconds", "write \(seconds)")
      }
      return Self.number(
        word, fault, of: "the seconds between two looks", in: 1...OptionName.longestInterval)
    case .choice(let word, let choice):
      return Self.oneOf(choice.words, word.text, "no value of --\(choice.rawValue)")
    case .address(let option, let word):
      return Explanation(
        "\(quoting: word.text) is no address in numbers",
        "write for \(option.typed) an address such as 192.0.2.1 or 2001:db8::1, without a port")
    case .network(let word): return Self.network(word.text)
    case .parameter(let word):
      return Explanation(
        "\(quoting: word.text) is no name with a value", "write NAME=VALUE, such as port=80")
    case .state(let word): return Self.state(word.text)
    case .unknownSchedulerFlag(let flag):
      return Explanation(
        "\(quoting: flag) is no scheduler flag",
        Self.nearest(to: flag, among: Self.schedulerFlags).map { "did you mean \($0)?" }
          ?? "with sh: sh-fallback,sh-port; with mh: mh-fallback,mh-port; with any: "
          + "flag-1,flag-2,flag-3")
    case .foreignSchedulerFlag(let flag, let scheduler):
      return Self.foreign(flag, scheduler: scheduler)
    case .zeroPort(let service): return Self.zeroPort(service)
    case .onePacketOverStream(let service):
      return Explanation(
        "\(service.wording) is a service of connections; -o (--ops) schedules datagrams one by one",
        "leave -o out, or name a UDP service with -u")
    case .differentFamilies(let service, let server):
      return Explanation(
        "the service is \(service.wording), and the real server \(server) is of the other family",
        "add -i: only a tunnel carries packets of one family to a server of the other")
    }
  }

  /// The word at fault, where there is one.
  private var word: Word? {
    switch self {
    case .timeout(let word, _, _), .mark(let word, _), .serviceAddress(let word, _),
      .serverAddress(let word, _), .netmask(let word), .prefixLength(let word),
      .number(_, let word, _), .daemonRole(let word, _), .multicastGroup(let word, _),
      .tunnelKind(let word), .interval(let word, _), .choice(let word, _), .network(let word),
      .state(let word), .packetProtocol(let word), .packetEnd(let word, _),
      .packetFamilies(let word, _), .packetPort(let word),
      .parameter(let word), .address(_, let word):
      word
    case .tooFewTimeouts, .ipv6BeforeMark, .unknownSchedulerFlag, .foreignSchedulerFlag, .zeroPort,
      .onePacketOverStream, .differentFamilies:
      nil
    }
  }

  private static let schedulerFlags = [
    "sh-fallback", "sh-port", "mh-fallback", "mh-port", "flag-1", "flag-2", "flag-3",
  ]

  private static func nearest(to word: ByteString, among names: [String]) -> String? {
    let near = NearMiss.nearest(
      to: word.lowercased.description, among: names, atMost: 1, { $0 })
    return near.count == 1 ? near[0] : nil
  }
}

extension ValueFault {
  /// An option that is read as the value of the option before it.
  private static func optionForValue(_ word: Word, in line: TypedLine) -> Explanation? {
    let name = ByteString(word.text.bytes.drop { $0 == UInt8(ascii: "-") })
    let isOption = KnownOption.all.contains {
      $0.shortest == word.text || word.text.hasPrefix("--") && $0.long == name
    }
    guard isOption, word.position > 1, word.position <= line.words.count else { return nil }
    let before = line.words[word.position - 2]
    let option = line.items.first { $0.value == word.text }?.option
    let cause: MessageText = "\(quoting: word.text) is read as the value of \(before)"
    if case .command(let command)? = line.command?.meaning, let twin = option?.twin(in: command),
      case .option(let taken)? = option?.meaning, !taken.commands.contains(command)
    {
      return Explanation(cause, "did you mean \(twin.both)? Capitals count")
    }
    return Explanation(cause, "write the value of \(before) before \(word.text)")
  }

  private static func ipv6WithoutMark(in line: TypedLine) -> Explanation {
    if line.items.contains(where: { $0.option.letter == UInt8(ascii: "f") }) {
      return Explanation(
        "-6 says that the firewall mark before it is of IPv6 packets", "write -f MARK -6")
    }
    return line.names(.serviceAddress)
      ? Explanation(
        "-6 belongs to a firewall mark (-f): an address says by itself that it is of IPv6",
        "leave -6 out")
      : Explanation(
        "-6 belongs to a firewall mark (-f), and the line names none",
        line.command?.meaning == .command(.list)
          ? "leave -6 out: -L lists the services of IPv4 and IPv6" : "leave -6 out")
  }

  private static func number(
    _ word: Word, _ fault: NumberFault, of option: MessageText, in range: ClosedRange<Int>
  ) -> Explanation {
    let cause: MessageText =
      switch fault {
      case .notANumber: "\(quoting: word.text) is no whole decimal number"
      case .outOfRange: "\(quoting: word.text) is out of range"
      }
    let remedy: MessageText =
      "write for \(option) a number from \(range.lowerBound) to \(range.upperBound)"
    if let decimal = decimal(word.text), range.contains(decimal) {
      return Explanation(cause, "\(remedy); in decimal \(quoting: word.text) is \(decimal)")
    }
    return Explanation(cause, remedy)
  }

  /// The value of a time with a unit, such as `15m`, in seconds.
  private static func seconds(_ word: ByteString) -> Int? {
    let units: [UInt8: Int] = [
      UInt8(ascii: "s"): 1, UInt8(ascii: "m"): 60, UInt8(ascii: "h"): 3600,
      UInt8(ascii: "d"): 86400,
    ]
    guard let unit = word.bytes.last.flatMap({ units[$0] }), word.count < 9,
      let number = Int(ByteString(word.bytes.dropLast()).description)
    else { return nil }
    return number * unit
  }

  /// The value of a hexadecimal number.
  private static func decimal(_ word: ByteString) -> Int? {
    guard word.hasPrefix("0x") || word.hasPrefix("0X") else { return nil }
    return Int(word.description.dropFirst(2), radix: 16)
  }

  private static func timeout(
    _ word: Word, _ fault: NumberFault, in range: ClosedRange<Int>
  ) -> Explanation {
    if fault == .notANumber, let seconds = seconds(word.text), range.contains(seconds) {
      return Explanation(
        "\(quoting: word.text) is no whole number of seconds", "write \(seconds)")
    }
    guard range.lowerBound > 0 else {
      return number(word, fault, of: "each timeout", in: range)
    }
    let explanation = number(word, fault, of: "-p (--persistent)", in: range)
    guard fault == .notANumber else { return explanation }
    return Explanation(
      "\(explanation.cause); -p takes the next word that does not begin with `-'",
      explanation.remedy.map { "\($0), or put -p at the end for 360" })
  }

  private static func netmask(_ word: ByteString) -> Explanation {
    let digits = word.bytes.drop { $0 == UInt8(ascii: "/") }
    guard word.hasPrefix("/"), let length = Int(ByteString(digits).description),
      (1...32).contains(length)
    else {
      return Explanation(
        "\(quoting: word) is no IPv4 mask", "write it as an address, such as 255.255.255.0")
    }
    return Explanation(
      "\(quoting: word) is the length of a mask",
      "write the mask as an address: \(IPv4Address(UInt32.max << (32 - length)).description)")
  }

  private static func foreign(_ flag: ByteString, scheduler: ByteString) -> Explanation {
    let owner = ByteString(flag.bytes.prefix(2))
    return Explanation(
      "\(quoting: flag) is a flag of the scheduler \(owner), and the service's is \(scheduler)",
      "add -s \(owner), or leave the flag out; without -s the scheduler is wlc")
  }

  private static func zeroPort(_ service: ServiceIdentity) -> Explanation {
    let form: StaticString = service.family == .ipv6 ? "[address]:80" : "address:80"
    return Explanation(
      "\(service.wording) is every port of the address, which only persistence keeps apart",
      "write a port, as in \(form), or make the service persistent with -p")
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
