internal import IPVSAddresses
internal import IPVSGrammar
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
    case .unknownSchedulerFlag(let flag): "invalid scheduler flag `\(flag)'"
    case .foreignSchedulerFlag(let flag, _): "incompatible scheduler flag `\(flag)'"
    case .zeroPort: "Zero port specified for non-persistent service"
    case .onePacketOverStream: "One-Packet Scheduling is only for UDP virtual services"
    case .differentFamilies: "Different address family is allowed only for tunneling servers"
    }
  }

  var explanation: Explanation {
    switch self {
    case .tooFewTimeouts(let count):
      Explanation(
        "\(count) of 3 values are there",
        "write --set TCP TCPFIN UDP, in seconds; 0 keeps the present value")
    case .timeout(let word, let fault, let range): Self.timeout(word, fault, in: range)
    case .mark(let word, let fault):
      Self.number(word, fault, of: "a firewall mark", in: 1...Int(UInt32.max))
    case .ipv6BeforeMark(let word):
      Explanation(
        "\(quoting: word.text) says that the firewall mark before it is of IPv6 packets",
        "write -f MARK -6")
    case .serviceAddress(let word, let error), .serverAddress(let word, let error):
      error.explanation(of: word.text)
    case .netmask(let word): Self.netmask(word.text)
    case .prefixLength(let word):
      Explanation(
        "the service is of IPv6, and \(quoting: word.text) is no length of a prefix",
        "write a number from 1 to 128")
    case .number(let option, let word, let fault):
      Self.number(word, fault, of: "\(option.typed)", in: option.range ?? 0...0)
    case .daemonRole(let word, _):
      Explanation(
        "\(quoting: word.text) is no role of a daemon",
        "write `master' or `backup', in small letters")
    case .multicastGroup(let word, .ipv4):
      Explanation(
        "\(quoting: word.text) is no IPv4 group", "write one from 224.0.0.0 to 239.255.255.255")
    case .multicastGroup(let word, .ipv6):
      Explanation(
        "\(quoting: word.text) is no IPv6 group", "write one that begins with ff, such as ff02::51")
    case .tunnelKind(let word):
      Explanation("\(quoting: word.text) is no kind of tunnel", "write ipip, gue, or gre")
    case .unknownSchedulerFlag(let flag):
      Explanation(
        "\(quoting: flag) is no scheduler flag",
        "with sh: sh-fallback,sh-port; with mh: mh-fallback,mh-port; with any: flag-1,flag-2,flag-3"
      )
    case .foreignSchedulerFlag(let flag, let scheduler): Self.foreign(flag, scheduler: scheduler)
    case .zeroPort(let service): Self.zeroPort(service)
    case .onePacketOverStream(let service):
      Explanation(
        "\(service.text) is a service of connections; -o (--ops) schedules datagrams one by one",
        "leave -o out, or name a UDP service with -u")
    case .differentFamilies(let service, let server):
      Explanation(
        "the service is \(service.text), and the real server \(server.text) of the other family",
        "add -i: only a tunnel carries packets of one family to a server of the other")
    }
  }
}

extension ValueFault {
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
    guard let decimal = decimal(word.text), range.contains(decimal) else {
      return Explanation(cause, remedy)
    }
    return Explanation(cause, "\(remedy); in decimal \(quoting: word.text) is \(decimal)")
  }

  /// The value of a hexadecimal number.
  private static func decimal(_ word: ByteString) -> Int? {
    guard word.hasPrefix("0x") || word.hasPrefix("0X") else { return nil }
    return Int(word.description.dropFirst(2), radix: 16)
  }

  private static func timeout(
    _ word: Word, _ fault: NumberFault, in range: ClosedRange<Int>
  ) -> Explanation {
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
      "\(service.text) is every port of the address, which only persistence keeps apart",
      "write a port, as in \(form), or make the service persistent with -p")
  }
}

extension ServiceIdentity {
  fileprivate var text: MessageText {
    switch self {
    case .endpoint(let transport, let endpoint): "\(transport.word) \(endpoint.text)"
    case .mark(let mark, .ipv4): "the IPv4 firewall mark \(mark)"
    case .mark(let mark, .ipv6): "the IPv6 firewall mark \(mark)"
    }
  }
}

extension Endpoint {
  fileprivate var text: MessageText {
    var buffer = TextBuffer()
    buffer.append(self)
    return "\(ByteString(buffer.bytes))"
  }
}

extension TransportProtocol {
  /// The protocol's name in messages.
  var word: StaticString {
    switch self {
    case .udp: "UDP"
    case .sctp: "SCTP"
    default: "TCP"
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
