// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSGrammar
internal import IPVSListing
internal import IPVSPrograms
internal import IPVSText

extension AddressError {
  /// What is wrong with an address, and how to write it.
  func explanation(of word: ByteString) -> Explanation {
    if let explanation = Self.slash(in: word) { return explanation }
    switch self {
    case .empty: return Self.empty(word)
    case .onlyDigits:
      return Explanation(
        "\(quoting: word) could be an address or a port",
        "write host:port, such as 10.0.0.1:\(word), or for a firewall mark -f \(word)")
    case .missingBracket:
      return Explanation("\(quoting: word) has no `]' after the address", Self.bracketForm)
    case .textAfterBracket(let rest):
      return Explanation(
        "\(quoting: rest) follows `]', where only a colon and a port may", Self.bracketForm)
    case .bracketsWithoutPort:
      return Explanation(
        "in \(quoting: word) no port follows `]', and only an IPv6 address has brackets without one",
        "write [host]:port, or leave the brackets out")
    case .textAfterBlank(let rest):
      return Explanation(
        "in \(quoting: word) the address ends before \(quoting: rest)", "leave that out")
    case .tooManyNumbers(let port): return Self.tooManyNumbers(word, port: port)
    case .numberTooLarge(let number):
      return Explanation(
        "in \(quoting: word) \(quoting: number) is too large for a part of an IPv4 address",
        Self.quadForm)
    case .missingNumber:
      return Explanation("in \(quoting: word) a number is missing beside a dot", Self.quadForm)
    case .notNumbers(let parts): return Self.notNumbers(word, parts: parts)
    case .zone:
      return Explanation(
        "\(quoting: word) names an interface after `%', for which IPVS has no field",
        "write an address that is the same on every interface")
    case .tooManyColons: return Self.tooManyColons(word)
    case .unknownHost(let host):
      return Self.severalAddresses(host)
        ?? Explanation(
          "no address is known for the host \(quoting: host)",
          "check its spelling, /etc/hosts, and DNS, or write the address in numbers")
    case .missingPort:
      return Explanation(
        "in \(quoting: word) no port follows the colon",
        "write a number or the name of a service, or leave the colon out")
    case .portOutOfRange(let port):
      return Explanation(
        "the port \(quoting: port) is out of range", "write a number from 0 to 65535")
    case .unknownPort(let name, let transport, let others):
      return Self.severalPorts(name) ?? Self.unknownPort(name, over: transport, others: others)
    case .portWithoutProtocol(let name):
      return Self.severalPorts(name)
        ?? Explanation(
          "the port \(quoting: name) is a name, and no service says over which protocol",
          "add the service (-t, -u, --sctp-service, or -f), or write the port as a number")
    }
  }

  private static let form: MessageText = "write host:port, such as 10.0.0.1:80"
  private static let bracketForm: MessageText = "write [address] or [address]:port"
  private static let quadForm: MessageText =
    "write four numbers from 0 to 255 with dots between them"

  private static func empty(_ word: ByteString) -> Explanation {
    word.isEmpty
      ? Explanation("the address is empty", form)
      : Explanation(
        "in \(quoting: word) no address is before the port; was it in a variable that is empty?",
        form)
  }

  /// `10.0.0.0/24`, `80/tcp`, or a URL, where an address of one host is wanted.
  private static func slash(in word: ByteString) -> Explanation? {
    let parts = word.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard parts.count > 1 else { return nil }
    let before = ByteString(parts[0])
    if word.contains("://") {
      return Explanation(
        "\(quoting: word) is a URL", "write host:port alone, such as 10.0.0.1:80")
    }
    let rest = ByteString(parts[1])
    if ["tcp", "udp", "sctp"].contains(rest) {
      return Explanation(
        "in \(quoting: word) /\(rest) is no part of the port: the option says which protocol",
        "write \(before), with -t for TCP, -u for UDP, or --sctp-service for SCTP")
    }
    let digits = parts[1].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    let port = ByteString(parts[1].dropFirst(digits.count))
    guard !digits.isEmpty, port.isEmpty || port.hasPrefix(":") || port.hasPrefix("]") else {
      return nil
    }
    let isHost = ["32", "128"].contains(ByteString(digits))
    return Explanation(
      "in \(quoting: word) /\(ByteString(digits)) is a mask, and one address is wanted here",
      isHost
        ? "leave the mask out: \(before)\(port)"
        : "write one address without a mask; to balance a whole network, mark its packets in the "
          + "firewall and use -f")
  }

  private static func tooManyNumbers(_ word: ByteString, port: ByteString?) -> Explanation {
    let cause: MessageText = "\(quoting: word) has more than the four numbers of an IPv4 address"
    guard let port, word.bytes.suffix(port.count + 1) == [UInt8(ascii: ".")] + port.bytes else {
      return Explanation(cause, "leave out the numbers after the fourth")
    }
    let address = ByteString(word.bytes.dropLast(port.count + 1))
    return Explanation(
      cause, "if \(port) is the port, write a colon before it: \(address):\(port)")
  }

  private static func notNumbers(_ word: ByteString, parts: [ByteString]) -> Explanation {
    let list: [MessageText] = Set(parts).sorted().map { "\(quoting: $0)" }
    let verb: MessageText = list.count == 1 ? "is no number" : "are no numbers"
    return Explanation(
      "in \(quoting: word) \(list.joined()) \(verb), and no host has that name",
      "write the numbers of the real address in place of the letters")
  }

  private static func tooManyColons(_ word: ByteString) -> Explanation {
    if word.bytes.contains(UInt8(ascii: ",")) {
      return Explanation(
        "\(quoting: word) is a list, and one address is wanted here", "write a line for each")
    }
    let parts = word.bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    let isRange = parts.count == 3 && parts[0].contains(UInt8(ascii: "."))
    return isRange && parts[1] != parts[2]
      ? severalPorts(ByteString(parts[1] + [UInt8(ascii: "-")] + parts[2]), in: word)
        ?? Explanation(colonCause(word), colonForm)
      : Explanation(colonCause(word), colonForm)
  }

  private static func colonCause(_ word: ByteString) -> MessageText {
    "\(quoting: word) has more colons than host:port, but holds no IPv6 address"
  }

  private static let colonForm: MessageText = "write host:port, or for IPv6 [address]:port"

  /// `10.0.0.1,10.0.0.2` or `10.0.0.1-10.0.0.9` in place of an address.
  private static func severalAddresses(_ host: ByteString) -> Explanation? {
    let isList = host.bytes.contains(UInt8(ascii: ","))
    let ends = host.bytes.split(separator: UInt8(ascii: "-"))
    let isRange =
      ends.count == 2 && ends[0].count { $0 == UInt8(ascii: ".") } == 3
      && ends.allSatisfy { $0.allSatisfy { isDigit($0) || $0 == UInt8(ascii: ".") } }
    guard isList || isRange else { return nil }
    return Explanation(
      "\(quoting: host) is \(isList ? "a list" : "a range") of addresses, and one is wanted here",
      "write a line for each, or mark the packets in the firewall and use -f with the mark")
  }

  /// `8000-8010`, `80,443`, or `*` in place of a port.
  ///
  /// - Parameter word: what was typed, where that is more than the port.
  private static func severalPorts(_ port: ByteString, in word: ByteString? = nil) -> Explanation? {
    if ["*", "any", "all"].contains(port) {
      return Explanation(
        "the port \(quoting: port) is no number; 0 is every port, which takes persistence",
        "write :0 and add -p")
    }
    let separators = Array("-,;~+.".utf8)
    let numbers = port.bytes.split { separators.contains($0) }
    let isList = numbers.count > 1 && numbers.allSatisfy { $0.allSatisfy(isDigit) }
    guard isList || port.bytes.contains(UInt8(ascii: ",")) else { return nil }
    let kind = port.bytes.contains(UInt8(ascii: ",")) ? "a list of ports" : "a range of ports"
    return Explanation(
      "\(quoting: word ?? port) is \(kind), and IPVS has one port for each service and server",
      "write a line for each port, or mark the packets in the firewall and use -f with the mark")
  }

  private static func unknownPort(
    _ name: ByteString, over transport: TransportProtocol, others: [TransportProtocol]
  ) -> Explanation {
    let cause: MessageText =
      "no \(transport.wording) service is called \(quoting: name) (capitals count; see /etc/services)"
    guard let other = others.first else {
      return Explanation(cause, "write the port as a number")
    }
    return Explanation(
      cause,
      "write the port as a number, or name a service over \(other.wording) (\(other.option)), "
        + "which has one")
  }
}

extension MessageText {
  static func + (left: MessageText, right: MessageText) -> MessageText { "\(left)\(right)" }
}

func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
