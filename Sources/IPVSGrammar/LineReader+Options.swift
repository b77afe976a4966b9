import IPVSAddresses
import IPVSNames
import IPVSRules
import IPVSText

extension LineReader {
  /// How many seconds `--persistent` means where it says none (ipvsadm.c, `DEF_SVC_TIMEOUT`).
  private static let defaultPersistence: UInt32 = 360

  mutating func take(
    _ found: ArgumentScanner.Found
  ) throws(GrammarError) {
    let value = found.value
    switch found.meaning {
    case .command(.restore) where line.command.takesServer:
      // In the 2.2 era -R named the real server there, and ipvsadm 1.31 refuses it.
      guard let value = scanner.takeValue() else {
        throw .words(.secondCommand(scanner.word, .restore, after: line.command))
      }
      try note(.realServer)
      try takeServer(value)
    case .command(let second):
      throw .words(.secondCommand(scanner.word, second, after: line.command))
    case .service(let transport):
      try note(.serviceAddress)
      if let value { try takeService(value, over: transport) }
    case .mark:
      try note(.serviceAddress)
      if let value { try takeMark(value) }
    case .ipv6:
      guard case .mark(let mark, _) = line.service else {
        throw .values(.ipv6BeforeMark(scanner.word))
      }
      line.service = .mark(mark, .ipv6)
    case .method(let method):
      try note(.forwardingMethod)
      line.method = method
    case .option(let option):
      try note(option)
      try take(option, value)
    case .engine: _ = try takeEngine(found)
    case .nothing: break
    }
  }

  private mutating func note(_ option: OptionName) throws(GrammarError) {
    guard !line.given.contains(option) else { throw .words(.repeatedOption(option, scanner.word)) }
    line.given.insert(option)
  }

  private mutating func take(
    _ option: OptionName, _ value: ArgumentScanner.Value?
  ) throws(GrammarError) {
    if option == .persistent {
      line.persistence = Self.defaultPersistence
      if let value { line.persistence = try timeout(value, from: 1) }
      return
    }
    guard let value else { return }
    if let range = option.range {
      switch WholeNumber.read(words.bytes.span.extracting(value.range), in: range) {
      case .success(let number): line[number: option] = UInt32(number)
      case .failure(let fault): throw .values(.number(option, scanner.text(value), fault.reason))
      }
      return
    }
    switch option {
    case .realServer: try takeServer(value)
    case .netmask: try takeNetmask(value)
    case .scheduler: line.scheduler = value
    case .schedulerFlags: line.schedulerFlags = value
    case .persistenceEngine: line.persistenceEngine = value
    case .multicastInterface: line.interface = value
    case .multicastGroup: line.group = try group(value)
    case .tunnelKind: line.tunnelKind = try tunnelKind(value)
    default: break
    }
  }

  private func tunnelKind(_ value: ArgumentScanner.Value) throws(GrammarError) -> Tunnel.Kind {
    let text = words.bytes.span.extracting(value.range)
    for index in TunnelMatrix.kinds.indices where text.equals(TunnelMatrix.kinds[index].word) {
      return TunnelMatrix.kinds[index].kind
    }
    throw .values(.tunnelKind(scanner.text(value)))
  }

  private func group(_ value: ArgumentScanner.Value) throws(GrammarError) -> IPAddress {
    let text = words.bytes.span.extracting(value.range)
    guard text.firstIndex(of: UInt8(ascii: ":")) == nil else {
      guard let address = IPv6Address(words.text(value.range)), address.isMulticast else {
        throw .values(.multicastGroup(scanner.text(value), .ipv6))
      }
      return .v6(address)
    }
    guard let address = IPv4Address(quad: text), address.isMulticast else {
      throw .values(.multicastGroup(scanner.text(value), .ipv4))
    }
    return .v4(address)
  }

  /// Reads a mask as the family known so far has it. A word that is no IPv4 mask may still be the
  /// length of a prefix, if the family is not settled.
  private mutating func takeNetmask(
    _ value: ArgumentScanner.Value
  ) throws(GrammarError) {
    let text = words.bytes.span.extracting(value.range)
    line.netmask = value
    line.prefixLength = PrefixLength.read(text)
    if line.family != .ipv6 {
      line.netmaskAddress = EndpointText.ipv4Mask(text, names: names)
    }
    guard line.prefixLength == nil || line.hasSettledFamily else { return }
    try settleNetmask()
  }

  /// Refuses a mask that is none for the family of the service; without one, for IPv4.
  func settleNetmask() throws(GrammarError) {
    guard let netmask = line.netmask else { return }
    if line.family == .ipv6 {
      guard line.prefixLength != nil else { throw .values(.prefixLength(scanner.text(netmask))) }
    } else {
      guard line.netmaskAddress != nil else { throw .values(.netmask(scanner.text(netmask))) }
    }
  }
}

extension LineContents {
  /// Whether a service is named, other than a mark, which a `-6` may follow.
  fileprivate var hasSettledFamily: Bool {
    if case .endpoint = service { true } else { false }
  }
}

extension CommandName {
  fileprivate var takesServer: Bool {
    switch self {
    case .addServer, .editServer, .deleteServer: true
    default: false
    }
  }
}
