// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
public import IPVSNames
public import IPVSRules
import IPVSSchedulers
import IPVSText

/// The rules that the lines of a file describe (ipvs-rules(5)), and the faults of the file.
///
/// A file holds what `ipvsadm --save --full` prints: services and servers in the order in which they are
/// added, timeouts, and daemons. Faults that follow from another are counted with it and not told.
public struct RuleFile {
  /// The most faults of one file that are kept; more are counted.
  public static let mostFaults = 10_000

  /// The rules of the lines without faults.
  public private(set) var rules = RuleSet()

  /// What is wrong, in the order of lines.
  public private(set) var faults: [RuleFault] = []

  /// How many more faults there are.
  public private(set) var faultsLeftOut = 0

  package static let byteOrderMark: [UInt8] = [0xef, 0xbb, 0xbf]

  private let names: any NameService

  /// The lines of a service and of its servers, these in the order of the servers in the rules.
  private struct Lines {
    let service: Int
    var servers: [Int32] = []
  }

  private var lines: [ServiceIdentity: Lines] = [:]
  private var timeoutsLine: Int?
  private var daemonLines: [SyncDaemon.Role: Int] = [:]

  /// Services whose own line has a fault; their servers are not at fault for it.
  private var brokenServices: Set<ServiceIdentity> = []

  /// Words for services that cannot be read. Each is told once.
  private var brokenWords: Set<ByteString> = []

  /// Whether the last line that adds a service does not say which.
  private var isServiceUnreadable = false

  /// The lines of services that are added a second time: their servers are doubles for that reason.
  private var doubledServices: [ServiceIdentity: Int] = [:]

  /// The index among `faults` of the first server without a service, by the service.
  private var orphans: [ServiceIdentity: Int] = [:]

  /// - Parameter names: Looks up the names of hosts and services.
  public init(names: any NameService) {
    self.names = names
  }

  /// Reads a whole text.
  ///
  /// - Parameters:
  ///   - text: The lines.
  ///   - names: Looks up the names of hosts and services.
  public init(_ text: [UInt8], names: any NameService = SystemNames()) {
    self.init(names: names)
    var reader = RestoreReader(text)
    takeMark(of: &reader)
    take(&reader)
    finish()
  }

  /// Notes a byte order mark at the beginning of the input, and skips it.
  package mutating func takeMark(of reader: inout RestoreReader) {
    if reader.skip(Self.byteOrderMark) { note(.byteOrderMark, line: 1) }
  }

  /// Takes the lines that are complete.
  ///
  /// - Returns: How many there were.
  @discardableResult
  package mutating func take(_ reader: inout RestoreReader) -> Int {
    var lines = 0
    while let line = reader.next() {
      take(line)
      lines += 1
    }
    return lines
  }

  /// Whether a fault, other than a warning, is in the file.
  public var isFaulty: Bool { faults.contains { $0.severity == .fault } || faultsLeftOut > 0 }

  /// Reads the next line.
  public mutating func take(_ line: RestoreLine) {
    var reader = LineReader(line.words, names: names, globals: nil)
    do throws(GrammarError) {
      try reader.read()
      take(try reader.line.command(words: line.words), reader.line.command, line)
    } catch {
      take(error, of: reader.line.command, reader.line.service, line)
    }
  }

  /// Ends the file.
  public mutating func finish() {
    for (identity, index) in orphans {
      guard case .noService = faults[index].kind else { continue }
      faults[index].kind = .noService(identity, later: lines[identity]?.service)
    }
    faults.sort { ($0.line, $0.column) < ($1.line, $1.column) }
  }

  /// Notes a fault that is about the whole file.
  public mutating func note(_ kind: RuleFault.Kind, line: Int) {
    add(RuleFault(kind, line: line, column: 1))
  }

  private mutating func take(
    _ error: GrammarError, of name: CommandName, _ service: ServiceIdentity?, _ line: RestoreLine
  ) {
    if name == .addService {
      isServiceUnreadable = service == nil
      if let service { brokenServices.insert(service) }
    } else if error.hidesCommand, !TypedLine(line.words).names(.realServer) {
      // Perhaps a service was to be added.
      isServiceUnreadable = true
    }
    if case .values(.serviceAddress(let word, _)) = error {
      guard brokenWords.insert(word.text).inserted else { return }
    }
    add(RuleFault(.grammar(error), in: line, at: error.place(in: line.words)))
  }

  private mutating func take(_ command: Command, _ name: CommandName, _ line: RestoreLine) {
    switch command {
    case .change(.addService(let service)): add(service, line)
    case .change(.addServer(let server, to: let identity)): add(server, to: identity, line)
    case .change(.setTimeouts(let timeouts)):
      if let first = timeoutsLine {
        add(RuleFault(.secondTimeouts(first: first), in: line))
      } else {
        timeoutsLine = line.number
        rules.timeouts = timeouts
      }
    case .change(.startDaemon(let daemon)):
      if let first = daemonLines[daemon.role] {
        add(RuleFault(.secondDaemon(daemon.role, first: first), in: line))
      } else {
        daemonLines[daemon.role] = line.number
        rules.daemons = (rules.daemons ?? []) + [daemon]
      }
    default: add(RuleFault(.noRule(name), in: line))
    }
  }

  private mutating func add(_ service: VirtualService, _ line: RestoreLine) {
    let identity = service.identity
    isServiceUnreadable = false
    if let first = lines[identity]?.service {
      doubledServices[identity] = line.number
      add(
        RuleFault(
          .secondService(identity, first: first), in: line, at: line.place(of: .serviceAddress)))
      return
    }
    lines[identity] = Lines(service: line.number)
    rules.set(RuleSet.Service(service))
    if SchedulerName(rawValue: service.scheduler.description) == nil {
      add(RuleFault(.unknownScheduler(service.scheduler), in: line, at: line.place(of: .scheduler)))
    }
    if let engine = service.engine, engine.text != "sip" {
      add(RuleFault(.unknownEngine(engine), in: line, at: line.place(of: .persistenceEngine)))
    }
  }

  private mutating func add(
    _ server: RealServer, to identity: ServiceIdentity, _ line: RestoreLine
  ) {
    guard let entry = lines.index(forKey: identity) else { return addOrphan(of: identity, line) }
    if server.lowerThreshold > server.upperThreshold {
      add(
        RuleFault(
          .thresholds(lower: server.lowerThreshold, upper: server.upperThreshold), in: line,
          at: line.place(of: .lowerThreshold)))
    } else if server.endpoint.address.kind != .unicast {
      add(
        RuleFault(
          .notUnicast(server.endpoint.address), in: line, at: line.place(of: .realServer)))
    }
    do throws(RuleConflict) {
      try rules.apply(.addServer(server, to: identity))
      lines.values[entry].servers.append(Int32(truncatingIfNeeded: line.number))
    } catch {
      addDouble(ServerIdentity(server.endpoint, of: identity), lines.values[entry], line)
    }
  }

  /// Notes a server that an earlier line adds.
  private mutating func addDouble(_ name: ServerIdentity, _ lines: Lines, _ line: RestoreLine) {
    let servers = rules[name.service]?.servers ?? []
    guard let index = servers.firstIndex(where: { $0.endpoint == name.endpoint }) else { return }
    let first = Int(lines.servers[index])
    if let doubled = doubledServices[name.service], first < doubled { return }
    add(RuleFault(.secondServer(name, first: first), in: line, at: line.place(of: .realServer)))
  }

  /// Notes a server whose service was not added before it; of each service the first.
  private mutating func addOrphan(of identity: ServiceIdentity, _ line: RestoreLine) {
    guard !brokenServices.contains(identity), !isServiceUnreadable else { return }
    if let index = orphans[identity] {
      faults[index].followers += 1
      return
    }
    let count = faults.count
    add(
      RuleFault(
        .noService(identity, later: nil), in: line, at: line.place(of: .serviceAddress)))
    if faults.count > count { orphans[identity] = count }
  }

  private mutating func add(_ fault: RuleFault) {
    guard faults.count < Self.mostFaults else {
      faultsLeftOut += 1
      return
    }
    faults.append(fault)
  }
}
