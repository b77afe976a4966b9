// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses
public import IPVSRules
public import IPVSText

/// What a command line of `ippfvsadm` (1998) asks for.
public enum AncestorCommand: Hashable, Sendable {
  case help

  /// Adds a real server, and its virtual service where that is missing.
  case add(RealServer, to: VirtualService)

  /// Removes a real server, and the service with its last one; nil: the service with all its servers.
  case delete(Endpoint?, of: ServiceIdentity)
  case clear
  case list
}

/// Reads the words of a command line of ippfvsadm(8), the program of 1998.
///
/// Services are scheduled by weighted round robin, as the kernel patch of that time did, and real
/// servers are reached by address translation, the only forwarding method of that time.
public enum AncestorParser {
  /// Reads what a program was called with, the name of the program first.
  ///
  /// No command, `-h`, an unknown letter, and a value that is missing all ask for help.
  public static func parse(
    _ arguments: some Collection<ByteString>
  ) throws(GrammarError) -> AncestorCommand {
    do throws(AncestorFault) {
      var contents = AncestorContents()
      guard try contents.read(arguments.dropFirst()) else { return .help }
      return try contents.command()
    } catch {
      throw .ancestor(error)
    }
  }
}

/// The options and values of a line of `ippfvsadm`.
private struct AncestorContents {
  private var action: AncestorOption?
  private var service: (transport: TransportProtocol, endpoint: Endpoint)?
  private var server: Endpoint?
  private var weight: Weight?
  private var leftover: Word?

  /// Reads a line from left to right.
  ///
  /// - Returns: False where the line asks for help.
  mutating func read(_ words: some Sequence<ByteString>) throws(AncestorFault) -> Bool {
    var scanner = AncestorScanner(words)
    while let item = scanner.nextItem() {
      switch item {
      case .unknown, .option(.help, _): return false
      case .leftover(let word): leftover = leftover ?? word
      case .option(let option, nil):
        guard action == nil else {
          throw .severalCommands(Word(ByteString("-\(option.letter)"), at: 0))
        }
        action = option
      case .option(let option, let value?): try take(option, value)
      }
    }
    if let leftover { throw .leftover(leftover) }
    return action != nil
  }

  private mutating func take(_ option: AncestorOption, _ value: Word) throws(AncestorFault) {
    switch option {
    case .tcpService, .udpService:
      guard service == nil else { throw .severalServices(value) }
      do throws(AncestorFault.AddressFault) {
        service = (option == .tcpService ? .tcp : .udp, try Endpoint(inNumbers: value.text))
      } catch {
        throw .serviceAddress(value, error)
      }
    case .server, .serverToday:
      guard server == nil else { throw .severalServers(value) }
      do throws(AncestorFault.AddressFault) {
        server = try Endpoint(inNumbers: value.text)
      } catch {
        throw .serverAddress(value, error)
      }
    default:
      guard weight == nil else { throw .severalWeights(value) }
      switch WholeNumber.read(value.text.bytes.span, in: 0...Int(Int32.max)) {
      case .success(let number): weight = Weight(number)
      case .failure(let fault): throw .weight(value, fault)
      }
    }
  }

  func command() throws(AncestorFault) -> AncestorCommand {
    switch action {
    case .add:
      let identity = try identity(for: .add)
      guard let server else { throw .missing(.server, for: .add) }
      return .add(
        RealServer(server, forwarding: .masquerading, weight: weight ?? .one),
        to: VirtualService(identity, scheduler: .weightedRoundRobin))
    case .delete:
      guard weight == nil else { throw .incompatible(.weight, with: .delete) }
      return .delete(server, of: try identity(for: .delete))
    case .clear: return try alone(.clear, .clear)
    case .list: return try alone(.list, .list)
    default: return .help
    }
  }

  private func identity(for option: AncestorOption) throws(AncestorFault) -> ServiceIdentity {
    guard let service else { throw .missing(.tcpService, for: option) }
    return .endpoint(service.transport, service.endpoint)
  }

  /// A command about the whole table, which takes no option.
  private func alone(
    _ option: AncestorOption, _ command: AncestorCommand
  ) throws(AncestorFault) -> AncestorCommand {
    if service != nil { throw .incompatible(.tcpService, with: option) }
    if server != nil { throw .incompatible(.server, with: option) }
    if weight != nil { throw .incompatible(.weight, with: option) }
    return command
  }
}

extension Endpoint {
  /// A dotted quad and a port above 0, both in numbers.
  fileprivate init(inNumbers text: ByteString) throws(AncestorFault.AddressFault) {
    let span = text.bytes.span
    guard let colon = span.lastIndex(of: UInt8(ascii: ":")) else {
      throw .noPort(IPv4Address(quad: span) == nil ? AddressError(ofHost: span) : nil)
    }
    guard let address = IPv4Address(quad: span.extracting(first: colon)) else {
      throw .address(ByteString(text.bytes[..<colon]))
    }
    guard
      case .success(let port) = WholeNumber.read(
        span.extracting(droppingFirst: colon + 1), in: 1...65535)
    else { throw .port(ByteString(text.bytes[(colon + 1)...])) }
    self.init(.v4(address), port: UInt16(port))
  }
}

/// The letters that are commands and options of `ippfvsadm`.
public enum AncestorOption: UInt8, Hashable, Sendable, CaseIterable {
  case add = 0x41
  case delete = 0x44
  case clear = 0x43
  case list = 0x4c
  case help = 0x68

  /// `-t`, and for messages `-u` along with it.
  case tcpService = 0x74
  case udpService = 0x75
  case server = 0x52

  /// `-r`, as ipvsadm(8) has it today.
  case serverToday = 0x72
  case weight = 0x77

  /// The letter behind the dash.
  public var letter: Unicode.Scalar { Unicode.Scalar(rawValue) }

  var takesValue: Bool {
    switch self {
    case .tcpService, .udpService, .server, .serverToday, .weight: true
    case .add, .delete, .clear, .list, .help: false
    }
  }
}

/// Splits a line as getopt(3) does: letters, alone or bundled, with joined or following values, and
/// the words that are neither, in any order.
struct AncestorScanner {
  enum Item {
    case option(AncestorOption, Word?)
    case leftover(Word)

    /// No option of that letter, or no value where one is needed.
    case unknown
  }

  private let words: [ByteString]
  private var next = 0
  private var bundle: ArraySlice<UInt8> = []
  private var optionsEnded = false

  /// - Parameter words: Those behind the name of the program.
  init(_ words: some Sequence<ByteString>) {
    self.words = Array(words)
  }

  mutating func nextItem() -> Item? {
    while bundle.isEmpty {
      guard next < words.count else { return nil }
      let word = words[next]
      next += 1
      if optionsEnded || word.count < 2 || word.bytes[0] != dash {
        return .leftover(Word(word, at: next))
      }
      if word.bytes == [dash, dash] {
        optionsEnded = true
      } else {
        bundle = word.bytes.dropFirst()
      }
    }
    guard let option = bundle.popFirst().flatMap(AncestorOption.init) else { return .unknown }
    guard option.takesValue else { return .option(option, nil) }
    if !bundle.isEmpty {
      defer { bundle = [] }
      return .option(option, Word(ByteString(bundle), at: next))
    }
    guard next < words.count else { return .unknown }
    next += 1
    return .option(option, Word(words[next - 1], at: next))
  }
}

private let dash = UInt8(ascii: "-")
