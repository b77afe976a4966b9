import IPVSAddresses
import IPVSGrammar
import IPVSText

extension AddressError {
  /// What is wrong with an address, and how to write it.
  func explanation(of word: ByteString) -> [MessageText] {
    switch self {
    case .empty: ["The address is empty; write host:port, such as 10.0.0.1:80."]
    case .onlyDigits:
      [
        "\(quoting: word) could be an address or a port.",
        "Write host:port, such as 10.0.0.1:80.",
      ]
    case .missingBracket: ["\(quoting: word) has no `]' behind the address."]
    case .textAfterBracket(let rest):
      ["Behind `]' stands \(quoting: rest); only a colon and a port may."]
    case .textAfterBlank(let rest):
      ["Behind the address in \(quoting: word) stands \(quoting: rest), which is no part of it."]
    case .tooManyNumbers(let port): Self.tooManyNumbers(word, port: port)
    case .numberTooLarge(let number):
      ["\(quoting: number) in \(quoting: word) is too large for its place in an IPv4 address."]
    case .missingNumber: ["A number is missing beside a dot in \(quoting: word)."]
    case .notNumbers(let parts): Self.notNumbers(word, parts: parts)
    case .zone:
      [
        "\(quoting: word) names an interface behind `%', which IPVS keeps no place for.",
        "Write an address that means the same on every interface.",
      ]
    case .tooManyColons:
      [
        "\(quoting: word) has more colons than host:port, but holds no IPv6 address.",
        "An IPv6 address with a port is written [address]:port.",
      ]
    case .unknownHost(let host):
      [
        "No address is known for the host \(quoting: host).",
        "Check its spelling, /etc/hosts, and DNS, or write the address in numbers.",
      ]
    case .missingPort:
      ["In \(quoting: word) no port follows the colon; write a number or the name of a service."]
    case .portOutOfRange(let port): ["The port \(quoting: port) is not in 0 to 65535."]
    case .unknownPort(let name, let transport, let others):
      Self.unknownPort(name, over: transport, others: others)
    case .portWithoutProtocol(let name):
      [
        "The port \(quoting: name) is a name, and no service says over which protocol.",
        "Add the service (-t, -u, --sctp-service, or -f), or write the port as a number.",
      ]
    }
  }

  private static func tooManyNumbers(_ word: ByteString, port: ByteString?) -> [MessageText] {
    let cause: MessageText =
      "\(quoting: word) has more than the four numbers of an IPv4 address."
    guard let port, word.bytes.suffix(port.count + 1) == [UInt8(ascii: ".")] + port.bytes else {
      return [cause]
    }
    let address = ByteString(word.bytes.dropLast(port.count + 1))
    return [
      cause,
      "If \(port) is the port, a colon belongs before it: \(address):\(port)",
    ]
  }

  private static func notNumbers(_ word: ByteString, parts: [ByteString]) -> [MessageText] {
    var list: MessageText = ""
    for (index, part) in Set(parts).sorted().enumerated() {
      list = index == 0 ? "\(quoting: part)" : "\(list), \(quoting: part)"
    }
    let verb: MessageText = Set(parts).count == 1 ? "is no number" : "are no numbers"
    return [
      "In \(quoting: word) \(list) \(verb), and no host has that name.",
      "Put the numbers of the real address in place of the letters.",
    ]
  }

  private static func unknownPort(
    _ name: ByteString, over transport: TransportProtocol, others: [TransportProtocol]
  ) -> [MessageText] {
    let cause: MessageText =
      "No \(transport.word) service is called \(quoting: name) (capitals count; see /etc/services)."
    guard let other = others.first else { return [cause, "Write the port as a number."] }
    let option: MessageText =
      switch other {
      case .udp: "-u"
      case .sctp: "--sctp-service"
      default: "-t"
      }
    return [
      cause,
      "There is one over \(other.word): name such a service (\(option)), or write a number.",
    ]
  }
}
