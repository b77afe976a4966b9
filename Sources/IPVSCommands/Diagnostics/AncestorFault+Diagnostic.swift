// SPDX-License-Identifier: Apache-2.0

internal import IPVSGrammar
internal import IPVSPrograms
internal import IPVSText

extension AncestorFault {
  /// The first line, that of ippfvsadm 1.0.
  func headline(programName: ByteString) -> MessageText {
    switch self {
    case .severalCommands: "\(programName): multiple commands specified"
    case .severalServices: "\(programName): multiple protocols specified"
    case .severalServers: "\(programName): multiple destinations specified"
    case .severalWeights: "\(programName): multiple server weights specified"
    case .serviceAddress: "\(programName): illegal virtual server address:port specified"
    case .serverAddress: "\(programName): illegal destination specified"
    case .weight: "\(programName): illegal weight specified"
    case .leftover: "\(programName): unknown arguments found on commandline"
    case .missing: "\(programName): insufficient options specified"
    case .incompatible: "\(programName): incompatible options specified"
    }
  }

  var explanation: Explanation {
    switch self {
    case .severalCommands(let word):
      Explanation(
        "\(quoting: word.text) is a second command", "write a line for each of -A, -D, -C, -L")
    case .severalServices(let word):
      Explanation(
        "\(quoting: word.text) is a second service", "a line takes one -t or -u; write two lines")
    case .severalServers(let word):
      Explanation(
        "\(quoting: word.text) is a second real server", "a line takes one -R; write two lines")
    case .severalWeights(let word):
      Explanation("\(quoting: word.text) is a second weight", "leave one -w out")
    case .serviceAddress(let word, let fault), .serverAddress(let word, let fault):
      fault.explanation(of: word.text)
    case .weight(let word, .notANumber):
      Explanation(
        "\(quoting: word.text) is no whole decimal number", "write a number from 0 to 2147483647")
    case .weight(let word, .outOfRange):
      Explanation("\(quoting: word.text) is out of range", "write a number from 0 to 2147483647")
    case .leftover(let word):
      Explanation(
        "\(quoting: word.text) belongs to no option",
        "write -t or -u before a service, -R before a real server, -w before a weight")
    case .missing(.server, let command):
      Explanation(
        "-\(letter(command)) adds a real server, and none is named", "add -R address:port")
    case .missing(_, let command):
      Explanation(
        "-\(letter(command)) is about a service, and none is named",
        "add -t address:port, or -u address:port for UDP")
    case .incompatible(.tcpService, let command):
      Explanation(
        "-\(letter(command)) is about the whole table, -t or -u about one service",
        "leave one of them out")
    case .incompatible(let option, let command):
      Explanation(
        "-\(letter(option)) means nothing to -\(letter(command))", "leave one of them out")
    }
  }
}

extension AncestorFault.AddressFault {
  fileprivate func explanation(of word: ByteString) -> Explanation {
    switch self {
    case .noPort(.tooManyNumbers(let port)?):
      AddressError.tooManyNumbers(port: port).explanation(of: word)
    case .noPort:
      Explanation(
        "\(quoting: word) has no port",
        "write address:port in numbers, such as 202.103.106.5:80")
    case .port(let port):
      Explanation("\(quoting: port) is no port in numbers", "write a number from 1 to 65535")
    case .address(let address):
      Explanation(
        "\(quoting: address) is not four numbers with dots between them",
        "write the address in numbers, such as 202.103.106.5; names are not looked up here")
    }
  }
}

/// An option of `ippfvsadm` in a message.
private func letter(_ option: AncestorOption) -> ByteString {
  ByteString(CollectionOfOne(option.rawValue))
}
