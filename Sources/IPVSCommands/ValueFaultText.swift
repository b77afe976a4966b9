import IPVSAddresses
import IPVSGrammar
import IPVSRules
import IPVSText

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

  var explanation: [MessageText] {
    switch self {
    case .tooFewTimeouts(let count):
      [
        "\(count) of 3 values are there: --set TCP TCPFIN UDP, in seconds.",
        "0 keeps the present value.",
      ]
    case .timeout(let word, let fault, let range):
      ["\(Self.fault(fault, word, in: range)) seconds."]
        + (range.lowerBound > 0 ? [Self.persistentRule] : [])
    case .mark(let word, let fault):
      ["\(Self.fault(fault, word, in: 1...Int(UInt32.max)))."] + Self.decimal(word)
    case .ipv6BeforeMark:
      ["-6 says that the mark before it is of IPv6 packets: write -f MARK -6."]
    case .serviceAddress(let word, let error), .serverAddress(let word, let error):
      error.explanation(of: word.text)
    case .netmask(let word): Self.netmask(word.text)
    case .prefixLength(let word):
      [
        "\(quoting: word.text) is no length of an IPv6 prefix, and the service is of IPv6.",
        "Write a number from 1 to 128.",
      ]
    case .number(let option, let word, let fault):
      option.range.map { range in
        ["\(Self.fault(fault, word, in: range, of: " for \(option.typed)"))."] + Self.decimal(word)
      } ?? []
    case .daemonRole(let word, _):
      ["\(quoting: word.text) is neither `master' nor `backup' (small letters)."]
    case .multicastGroup(let word, .ipv4):
      ["\(quoting: word.text) is no IPv4 address from 224.0.0.0 to 239.255.255.255."]
    case .multicastGroup(let word, .ipv6):
      ["\(quoting: word.text) is no IPv6 address that begins with ff."]
    case .tunnelKind(let word): ["\(quoting: word.text) is none of ipip, gue, and gre."]
    case .unknownSchedulerFlag(let flag): Self.unknown(flag)
    case .foreignSchedulerFlag(let flag, let scheduler): Self.foreign(flag, scheduler: scheduler)
    case .zeroPort(let service): Self.zeroPort(service)
    case .onePacketOverStream(let service):
      [
        "\(service.text) is a service of connections; -o (--ops) schedules datagrams one by one.",
        "Leave -o out, or name a UDP service with -u.",
      ]
    case .differentFamilies(let service, let server):
      [
        "The service is \(service.text), the real server \(server.text).",
        "Only a tunnel (-i) carries packets of one family to a server of the other.",
      ]
    }
  }
}

extension ValueFault {
  private static let persistentRule: MessageText =
    "The word behind -p is its value unless it begins with `-'; without one it is 360."

  private static func fault(
    _ fault: NumberFault, _ word: Word, in range: ClosedRange<Int>, of option: MessageText = ""
  ) -> MessageText {
    switch fault {
    case .notANumber:
      """
      \(quoting: word.text)\(option) is no whole decimal number; \
      write one from \(range.lowerBound) to \(range.upperBound)
      """
    case .outOfRange:
      "\(quoting: word.text)\(option) is not in \(range.lowerBound) to \(range.upperBound)"
    }
  }

  /// The decimal form of a hexadecimal number.
  private static func decimal(_ word: Word) -> [MessageText] {
    guard word.text.hasPrefix("0x") || word.text.hasPrefix("0X"),
      let value = UInt32(String(word.text.description.dropFirst(2)), radix: 16)
    else { return [] }
    return ["In decimal \(quoting: word.text) is \(value)."]
  }

  private static func netmask(_ word: ByteString) -> [MessageText] {
    let digits = word.bytes.drop { $0 == UInt8(ascii: "/") }
    guard word.hasPrefix("/"), let length = Int(ByteString(digits).description),
      (1...32).contains(length)
    else {
      return ["\(quoting: word) is no IPv4 mask; write it as an address, such as 255.255.255.0."]
    }
    var mask = TextBuffer()
    mask.append(IPv4Address(UInt32.max << (32 - length)))
    return ["An IPv4 mask is written as an address: \(word) is \(ByteString(mask.bytes))."]
  }

  private static func unknown(_ flag: ByteString) -> [MessageText] {
    [
      "\(quoting: flag) is no flag. Flags are flag-1, flag-2, flag-3 with any scheduler,",
      "sh-fallback, sh-port with sh, and mh-fallback, mh-port with mh, with commas between them.",
    ]
  }

  private static func foreign(_ flag: ByteString, scheduler: ByteString) -> [MessageText] {
    let owner = ByteString(flag.bytes.prefix(2))
    return [
      "\(quoting: flag) is a flag of the scheduler \(owner), and the service's is \(scheduler).",
      "Add -s \(owner), or leave the flag out; without -s the scheduler is wlc.",
    ]
  }

  private static func zeroPort(_ service: ServiceIdentity) -> [MessageText] {
    let port: MessageText =
      service.family == .ipv6
      ? "Write a port as in [address]:80, or make the service persistent with -p."
      : "Write a port as in address:80, or make the service persistent with -p."
    return [
      "\(service.text) is every port of the address, which takes persistence to keep apart.", port,
    ]
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
