// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSNames
import IPVSRules
import IPVSText

// The values that are addresses, and the ports and masks that depend on them.

extension LineReader {
  mutating func takeService(
    _ value: ArgumentScanner.Value, over transport: TransportProtocol
  ) throws(GrammarError) {
    do throws(AddressError) {
      let text = try EndpointText(words.bytes, in: value.range, names: names)
      var port: UInt16 = 0
      switch text.port {
      case .absent: break
      case .number(let number): port = number
      case .name(let name): port = try self.port(name, over: transport)
      }
      line.service = .endpoint(transport, Endpoint(text.address, port: port))
    } catch {
      throw .values(.serviceAddress(scanner.text(value), error))
    }
    try resolvePort(over: transport)
  }

  mutating func takeMark(
    _ value: ArgumentScanner.Value
  ) throws(GrammarError) {
    let text = words.bytes.span.extracting(value.range)
    switch WholeNumber.read(text, in: 1...Int(UInt32.max)) {
    case .success(let mark): line.service = .mark(UInt32(mark), .ipv4)
    case .failure(let fault): throw .values(.mark(scanner.text(value), fault))
    }
    try resolvePort(over: .tcp)
  }

  mutating func takeServer(
    _ value: ArgumentScanner.Value
  ) throws(GrammarError) {
    do throws(AddressError) {
      line.server = try EndpointText(words.bytes, in: value.range, names: names)
    } catch {
      throw .values(.serverAddress(scanner.text(value), error))
    }
    guard case .name(let name) = line.server?.port else { return }
    pendingPort = (name, value)
    switch line.service {
    case .endpoint(let transport, _):
      try resolvePort(over: transport)
    case .mark: try resolvePort(over: .tcp)
    case nil: break
    }
  }

  /// Looks up the name of the real server's port, if it has not been looked up.
  private mutating func resolvePort(
    over transport: TransportProtocol
  ) throws(GrammarError) {
    guard let (name, server) = pendingPort else { return }
    pendingPort = nil
    do throws(AddressError) {
      let number = try port(name, over: transport)
      line.server?.port = .number(number)
    } catch {
      throw .values(.serverAddress(scanner.text(server), error))
    }
  }

  /// Refuses a port by name where no service gave the protocol.
  func settlePort() throws(GrammarError) {
    guard let (name, server) = pendingPort else { return }
    throw .values(.serverAddress(scanner.text(server), .portWithoutProtocol(words.text(name))))
  }

  func port(
    _ range: Range<Int>, over transport: TransportProtocol
  ) throws(AddressError) -> UInt16 {
    let name = words.text(range)
    if let port = names.port(ofService: name, over: transport) { return port }
    let others = [TransportProtocol.tcp, .udp, .sctp].filter {
      $0 != transport && names.port(ofService: name, over: $0) != nil
    }
    throw .unknownPort(name, transport, others: others)
  }
}

// Addresses without a port, masks, and groups.
extension LineReader {
  /// Reads a mask for the family known so far. While the family may still change, a word that is no
  /// IPv4 mask may be the length of a prefix.
  mutating func takeNetmask(
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

  /// Refuses a mask that does not fit the family of the service; without a service, IPv4.
  func settleNetmask() throws(GrammarError) {
    guard let netmask = line.netmask else { return }
    if line.family == .ipv6 {
      guard line.prefixLength != nil else { throw .values(.prefixLength(scanner.text(netmask))) }
    } else {
      guard line.netmaskAddress != nil else { throw .values(.netmask(scanner.text(netmask))) }
    }
  }

  /// An address in numbers.
  func address(
    _ value: ArgumentScanner.Value, _ option: OptionName
  ) throws(GrammarError) -> IPAddress {
    guard let prefix = AddressPrefix(words.text(value.range)),
      prefix.length == AddressPrefix.width(of: prefix.address.family)
    else { throw .values(.address(option, scanner.text(value))) }
    return prefix.address
  }

  func group(_ value: ArgumentScanner.Value) throws(GrammarError) -> IPAddress {
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
}

extension LineContents {
  /// Whether a service is named, other than a mark, which a `-6` may follow.
  fileprivate var hasSettledFamily: Bool {
    if case .endpoint = service { true } else { false }
  }
}
