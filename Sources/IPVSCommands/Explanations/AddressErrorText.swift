internal import IPVSAddresses
internal import IPVSGrammar
internal import IPVSText

extension AddressError {
  /// What is wrong with an address, and how to write it.
  func explanation(of word: ByteString) -> Explanation {
    switch self {
    case .empty: Explanation("the address is empty", Self.form)
    case .onlyDigits: Explanation("\(quoting: word) could be an address or a port", Self.form)
    case .missingBracket:
      Explanation(
        "\(quoting: word) has no `]' behind the address", "write [address] or [address]:port")
    case .textAfterBracket(let rest):
      Explanation(
        "\(quoting: rest) stands behind `]', where only a colon and a port may",
        "write [address] or [address]:port")
    case .bracketsWithoutPort:
      Explanation(
        "in \(quoting: word) no port follows `]', and only an IPv6 address has brackets without one",
        "write [host]:port, or leave the brackets out")
    case .textAfterBlank(let rest):
      Explanation("in \(quoting: word) the address ends before \(quoting: rest)", "leave that out")
    case .tooManyNumbers(let port): Self.tooManyNumbers(word, port: port)
    case .numberTooLarge(let number):
      Explanation(
        "in \(quoting: word) \(quoting: number) is too large for its place in an IPv4 address",
        "write four numbers from 0 to 255 with dots between them")
    case .missingNumber:
      Explanation(
        "in \(quoting: word) a number is missing beside a dot",
        "write four numbers from 0 to 255 with dots between them")
    case .notNumbers(let parts): Self.notNumbers(word, parts: parts)
    case .zone:
      Explanation(
        "\(quoting: word) names an interface behind `%', for which IPVS has no place",
        "write an address that means the same on every interface")
    case .tooManyColons:
      Explanation(
        "\(quoting: word) has more colons than host:port, but holds no IPv6 address",
        "write host:port, or for IPv6 [address]:port")
    case .unknownHost(let host):
      Explanation(
        "no address is known for the host \(quoting: host)",
        "check its spelling, /etc/hosts, and DNS, or write the address in numbers")
    case .missingPort:
      Explanation(
        "in \(quoting: word) no port follows the colon",
        "write a number or the name of a service, or leave the colon out")
    case .portOutOfRange(let port):
      Explanation("the port \(quoting: port) is out of range", "write a number from 0 to 65535")
    case .unknownPort(let name, let transport, let others):
      Self.unknownPort(name, over: transport, others: others)
    case .portWithoutProtocol(let name):
      Explanation(
        "the port \(quoting: name) is a name, and no service says over which protocol",
        "add the service (-t, -u, --sctp-service, or -f), or write the port as a number")
    }
  }

  private static let form: MessageText = "write host:port, such as 10.0.0.1:80"

  private static func tooManyNumbers(_ word: ByteString, port: ByteString?) -> Explanation {
    let cause: MessageText = "\(quoting: word) has more than the four numbers of an IPv4 address"
    guard let port, word.bytes.suffix(port.count + 1) == [UInt8(ascii: ".")] + port.bytes else {
      return Explanation(cause, "leave out what is too much")
    }
    let address = ByteString(word.bytes.dropLast(port.count + 1))
    return Explanation(
      cause, "if \(port) is the port, write a colon before it: \(address):\(port)")
  }

  private static func notNumbers(_ word: ByteString, parts: [ByteString]) -> Explanation {
    var list: MessageText = ""
    for (index, part) in Set(parts).sorted().enumerated() {
      list = index == 0 ? "\(quoting: part)" : "\(list), \(quoting: part)"
    }
    let verb: MessageText = Set(parts).count == 1 ? "is no number" : "are no numbers"
    return Explanation(
      "in \(quoting: word) \(list) \(verb), and no host has that name",
      "write the numbers of the real address in place of the letters")
  }

  private static func unknownPort(
    _ name: ByteString, over transport: TransportProtocol, others: [TransportProtocol]
  ) -> Explanation {
    let cause: MessageText =
      "no \(transport.word) service is called \(quoting: name) (capitals count; see /etc/services)"
    guard let other = others.first else {
      return Explanation(cause, "write the port as a number")
    }
    let option: MessageText =
      switch other {
      case .udp: "-u"
      case .sctp: "--sctp-service"
      default: "-t"
      }
    return Explanation(
      cause,
      "write the port as a number, or name a service over \(other.word) (\(option)), which has one")
  }
}
