import IPVSAddresses
import IPVSRules
public import IPVSText

/// Reads the words of a command line in the language of ippfvsadm(8), the program of 1998.
///
/// Services are scheduled by weighted round robin, as the kernel patch of that time did, and real
/// servers are reached by address translation, the only way there was.
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

extension AncestorFault: Error {}

/// What a line of `ippfvsadm` says.
private struct AncestorContents {
  private var action: AncestorOption?
  private var service: (transport: TransportProtocol, endpoint: Endpoint)?
  private var server: Endpoint?
  private var weight: Weight?
  private var leftover: Word?

  /// Reads a line from left to right. False: it asks for help.
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
      case .failure(let fault): throw .weight(value, fault.reason)
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

  /// A command that is about everything.
  private func alone(
    _ option: AncestorOption, _ command: AncestorCommand
  ) throws(AncestorFault) -> AncestorCommand {
    if service != nil { throw .incompatible(.tcpService, with: option) }
    if server != nil { throw .incompatible(.server, with: option) }
    if weight != nil { throw .incompatible(.weight, with: option) }
    return command
  }
}

extension AncestorFault.AddressFault: Error {}

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
