// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSClient
internal import IPVSGrammar
internal import IPVSHost
internal import IPVSListing
internal import IPVSNames
internal import IPVSRules
internal import IPVSSockets
internal import IPVSSystem
internal import IPVSText

/// Reads everything about a director that rules look at, each thing once at a look.
struct DirectorExamination {
  let doctor: Doctor
  private let host: HostExamination
  private(set) var facts = DirectorFacts()

  /// The time between two looks, in milliseconds: the kernel updates the counters of services every two
  /// seconds.
  private static let pause: UInt64 = 2500

  /// How long a neighbour that was sent something is asked for, in milliseconds, before it is looked at.
  private static let probePause: UInt32 = 300

  /// The most links that are tried as the way in of a virtual address.
  private static let mostWaysIn = 16

  /// The most clients of connections whose routes are asked for.
  private static let mostClients = 256

  init(_ doctor: Doctor) {
    self.doctor = doctor
    host = HostExamination(doctor.hostPeer, doctor.files)
  }

  /// Reads; takes two and a half seconds where there are two looks.
  mutating func run() {
    facts.host.program = doctor.program
    facts.host.entering = doctor.entering
    facts.isEngine = !doctor.peer.isKernel
    let begin = SystemClock.monotonic
    if let gap = gapOfEngine {
      for source in Source.allCases where !Self.sourcesOfEngines.contains(source) {
        facts.gaps[source] = gap
      }
    }
    host.readBasics(&facts)
    readRest()
    do throws(DirectorError) {
      var director = try openDirector()
      try readTable(&director)
      look(&director)
      waitForSecondLook(since: begin)
      if facts.gaps[.secondLook] == nil { lookAgain(&director) }
      dropVanishedServices(&director)
    } catch {
      fail(error)
    }
  }

  // MARK: - The table

  private func openDirector() throws(DirectorError) -> Director {
    // To load a module would be a change, and to start a program.
    var director = try Director(doctor.peer, loadingModule: false)
    if let source = doctor.connections { director.connectionSource = source }
    return director
  }

  private mutating func readTable(_ director: inout Director) throws(DirectorError) {
    var snapshot: Snapshot
    if let identity = doctor.request.service {
      let kernel = try director.info()
      snapshot = Snapshot(kernel: kernel, services: [try director.service(identity)])
    } else {
      snapshot = try director.snapshot()
    }
    facts.kernel = snapshot.kernel
    facts.services = snapshot.services.sorted { $0.service.identity < $1.service.identity }
    facts.timeouts = try director.timeouts()
    facts.daemons = try director.daemons()
  }

  private mutating func fail(_ error: DirectorError) {
    facts.failure = error
    for source in [
      Source.table, .daemons, .timeouts, .routes, .neighbours, .connections, .syncedConnections,
      .sockets, .secondLook, .firewall,
    ] {
      facts.gaps[source] = "the table cannot be read"
    }
    facts.services = []
  }

  /// The kernel answers a question for the servers of a service that is gone with an empty list.
  private mutating func dropVanishedServices(_ director: inout Director) {
    for index in facts.services.indices.reversed() where facts.services[index].servers.isEmpty {
      do throws(DirectorError) {
        facts.services[index] = try director.service(facts.services[index].service.identity)
      } catch {
        facts.services.remove(at: index)
      }
    }
  }

  // MARK: - Looks

  private mutating func look(_ director: inout Director) {
    readConnections(&director)
    guard !facts.isEngine || facts.gaps[.routes] == nil else { return }
    host.readCounters(&facts)
    host.readRoutes(firstRoutes, &facts)
    host.readRoutes(waysIn, &facts)
    if !facts.isEngine {
      host.readRoutes(clientRoutes, &facts)
      if hasLocalServer { host.readSockets(&facts) }
    }
    let silent = neighbours
    if doctor.request.probes {
      DiscardSocket.send(to: silent)
      SystemClock.wait(milliseconds: Self.probePause)
    }
    host.readNeighbours(silent, &facts)
    if !facts.isEngine { host.readFirewall(&facts) }
  }

  private mutating func waitForSecondLook(since begin: UInt64) {
    guard !doctor.request.isQuick else {
      facts.gaps[.secondLook] = "there was one look (--quick)"
      return
    }
    guard !facts.isEngine else { return }
    let spent = SystemClock.monotonic - begin
    if spent < Self.pause { SystemClock.wait(milliseconds: UInt32(Self.pause - spent)) }
  }

  private mutating func lookAgain(_ director: inout Director) {
    if facts.isEngine { return }
    readConnections(&director)
    host.readCounters(&facts)
    host.readNeighbours(Array(facts.host.neighbours.keys), &facts)
    if facts.host.addresses.contains(where: { $0.flags.contains(.tentative) }) {
      host.readAddressesAgain(&facts)
    }
    for listed in facts.services
    where listed.service.identity.isMark
      || listed.servers.contains(where: { $0.server.forwarding == .masquerading })
    {
      let identity = listed.service.identity
      facts.laterServers[identity] = try? director.servers(of: identity)
    }
    if facts.hasDaemon(.backup) { readSyncedConnections() }
  }

  // MARK: - Connections

  private mutating func readConnections(_ director: inout Director) {
    guard facts.gaps[.connections] == nil else { return }
    var counter = ConnectionFacts.Counter(facts.services)
    do throws(ConnectionsError) {
      try director.readConnections { rows, text in
        while let row = rows.next(in: text) { counter.add(row, in: text) }
        return true
      }
      facts.connections.append(counter.facts)
    } catch {
      facts.connections = []
      facts.gaps[.connections] = "\(error)"
    }
  }

  /// Counts the connections that came from another director.
  private mutating func readSyncedConnections() {
    let path = "/proc/thread-self/net/ip_vs_conn_sync"
    do throws(SystemError) {
      let file = try doctor.files.open(path)
      defer { file.close() }
      var counter = OriginCounter()
      var chunk = [UInt8](repeating: 0, count: 64 << 10)
      while case let length = try file.read(into: &chunk), length > 0 {
        counter.take(chunk.span.extracting(..<length))
      }
      facts.syncedConnections = counter.count
    } catch {
      facts.gaps[.syncedConnections] = "\(path) cannot be read: \(error.description)"
    }
  }

  // MARK: - Routes and neighbours

  /// What is asked for every director: the way to each server and to each virtual address.
  private var firstRoutes: Set<RouteQuestion> {
    var questions = Set<RouteQuestion>()
    for listed in facts.services {
      let identity = listed.service.identity
      for listed in listed.servers {
        questions.insert(DirectorFacts.route(to: listed.server, of: identity))
      }
      if let address = identity.virtualAddress { questions.insert(RouteQuestion(address)) }
    }
    if facts.services.contains(where: { $0.service.identity.family == .ipv6 }) {
      questions.insert(.anywhereIPv6)
    }
    for daemon in facts.daemons {
      guard let link = facts.host.link(named: daemon.interface.text) else { continue }
      questions.insert(daemon.route(on: link))
    }
    return questions
  }

  /// A virtual address that the usual tables do not have may be local to packets of a link, by policy
  /// routing or in a VRF.
  private var waysIn: [RouteQuestion] {
    let foreign = facts.virtualAddresses.filter { address in
      facts.host.routes[RouteQuestion(address)]?.route?.kind != .local
    }
    guard !foreign.isEmpty else { return [] }
    let up = facts.host.links.values.filter {
      $0.flags.contains(.up) && !$0.flags.contains(.loopback)
    }.sorted { $0.index < $1.index }.prefix(Self.mostWaysIn)
    var questions: [RouteQuestion] = []
    for link in up {
      let isVRF = link.kind == "vrf"
      for family in [AddressFamily.ipv4, .ipv6] {
        let stranger = facts.host.stranger(on: link, family)
        for address in foreign where address.family == family {
          questions.append(RouteQuestion(address, from: stranger, inputLink: link.index))
          if isVRF { questions.append(RouteQuestion(address, outputLink: link.index)) }
        }
      }
    }
    return questions
  }

  private var clientRoutes: [RouteQuestion] {
    let tallies = facts.connections.last.map { Array($0.servers.values.prefix(Self.mostClients)) }
    return (tallies ?? []).compactMap(\.client).map { RouteQuestion($0) }
  }

  /// The hosts on the director's links that packets for servers are handed to.
  private var neighbours: [NeighbourQuestion] {
    var questions: [NeighbourQuestion] = []
    var seen = Set<NeighbourQuestion>()
    for (service, server) in facts.servers {
      guard let question = facts.neighbour(of: server.server, of: service.service.identity),
        seen.insert(question).inserted
      else { continue }
      questions.append(question)
    }
    return questions
  }

  private var hasLocalServer: Bool {
    facts.servers.contains { service, server in
      facts.route(to: server.server, of: service.service.identity)?.kind == .local
    }
  }

}

// MARK: - Everything else

extension DirectorExamination {
  /// What is read where an engine is asked.
  private static let sourcesOfEngines: Set<Source> = [.table, .timeouts, .processes]

  /// What is read besides where packets reach the engine by a device of this namespace.
  private static let sourcesOfDevices: Set<Source> = [
    .links, .addresses, .routes, .neighbours, .settings,
  ]

  /// Why the host says nothing about the director; nil where a kernel is asked.
  private var gapOfEngine: String? {
    facts.isEngine ? "an engine was asked, not the kernel" : nil
  }

  private mutating func readRest() {
    if facts.isEngine, case .engine(let path) = doctor.peer, hasDevice(path) {
      for source in Self.sourcesOfDevices { facts.gaps[source] = nil }
    }
    host.readProcesses(&facts)
    guard !facts.isEngine else { return }
    host.readModules(&facts)
    readSavedRules()
    if let merging = LargeReceive.links(doctor.hostPeer) { facts.host.mergingLinks = merging }
  }

  /// Whether the engine at a path has a TUN device in this network namespace.
  private func hasDevice(_ path: [UInt8]) -> Bool {
    let files = doctor.files
    guard let process = EngineSocket.process(listeningAt: path),
      let namespace = files.namespace(of: "\(process)"), namespace == files.namespace,
      let numbers = files.names(in: "/proc/\(process)/fdinfo")
    else { return false }
    return numbers.contains { number in
      files.text(of: "/proc/\(process)/fdinfo/\(number)", atMost: 4096)?.split(separator: "\n")
        .contains { $0.hasPrefix("iff:") } ?? false
    }
  }

  /// The files of rules that are applied at boot.
  private static let bootFiles = ["/etc/ipvsadm.rules", "/etc/sysconfig/ipvsadm"]

  /// The most bytes of a file of rules.
  private static let mostBytes = 64 << 20

  private mutating func readSavedRules() {
    if let wanted = doctor.request.rules {
      read(rules: "\(wanted)", isWanted: true)
    }
    guard doctor.files.namespace == doctor.files.namespace(of: "1") else {
      facts.gaps[.savedRules] =
        "saved rules are those of the first network namespace, and this is another"
      return
    }
    for path in Self.bootFiles { read(rules: path, isWanted: false) }
  }

  private mutating func read(rules path: String, isWanted: Bool) {
    do throws(SystemError) {
      // A file that the user names is not below the folder that stands for the root.
      let content =
        isWanted
        ? try HostFiles().content(of: path, atMost: Self.mostBytes)
        : try doctor.files.content(of: path, atMost: Self.mostBytes)
      let file = RuleFile(content, names: NumbersOnly())
      let fault = file.faults.first { $0.severity == .fault }
      facts.savedRules.append(
        SavedRules(
          path: path, rules: file.rules, fault: fault.map { "line \($0.line)" },
          isWanted: isWanted))
    } catch {
      guard isWanted || !error.isAbsence else { return }
      facts.savedRules.append(
        SavedRules(
          path: path, rules: RuleSet(), fault: "it cannot be read: \(error.description)",
          isWanted: isWanted))
    }
  }

}

/// Why a source of facts cannot be read.
struct Gap: Error {
  /// The reason, as the end of a sentence.
  var reason: String
}

/// Names are not looked up: a file that has some is told of.
private final class NumbersOnly: NameService {
  func addresses(ofHost name: ByteString) -> [IPAddress] { [] }
  func host(at address: IPAddress) -> ByteString? { nil }
  func port(ofService name: ByteString, over transport: TransportProtocol) -> UInt16? { nil }
  func service(at port: UInt16, over transport: TransportProtocol) -> ByteString? { nil }
}

// MARK: - What rules ask for as well

extension RouteQuestion {
  /// The way to everywhere else, by an address that no network of this host has (RFC 3849).
  static let anywhereIPv6 = RouteQuestion(.v6(IPv6Address(0x2001_0db8_ffff_ffff << 64 | 1)))
}

extension SyncDaemon {
  /// The group that messages go to.
  var multicastGroup: IPAddress { group ?? .v4(IPv4Address(0xe000_0051)) }

  /// The question for the way of messages.
  func route(on link: Link) -> RouteQuestion {
    RouteQuestion(multicastGroup, outputLink: link.index)
  }
}

extension HostFacts {
  /// An address that might be that of a client on a link: one of a network there that is not this host's
  /// own, or any.
  func stranger(on link: Link, _ family: AddressFamily) -> IPAddress {
    for own in addresses where own.link == link.index && own.address.family == family {
      switch own.address {
      case .v4(let address) where own.prefixLength < 31:
        // Neither the first nor the last address of the network.
        let hosts = UInt32.max >> UInt32(own.prefixLength)
        let near = (address.bits ^ 2) & hosts
        let isHost = near != 0 && near != hosts
        return .v4(IPv4Address(isHost ? address.bits ^ 2 : address.bits ^ 1))
      case .v6(let address) where own.prefixLength < 127 && own.address.kind != .linkLocal:
        return .v6(IPv6Address(address.bits ^ 1))
      default: continue
      }
    }
    switch family {
    case .ipv4: return .v4(IPv4Address(0xc633_64fd))
    case .ipv6: return .v6(IPv6Address(0x2001_0db8 << 96 | 0xfd))
    }
  }
}

extension DirectorFacts {
  /// The host on a link that packets for a server are handed to; nil where the link has no link addresses,
  /// or there is no way.
  func neighbour(of server: RealServer, of identity: ServiceIdentity) -> NeighbourQuestion? {
    guard let route = route(to: server, of: identity), route.kind == .unicast,
      let index = route.link, let link = host.links[index], link.hasNeighbours
    else { return nil }
    return NeighbourQuestion(route.gateway ?? server.endpoint.address, on: index)
  }
}

extension Link {
  /// Whether hosts on the link are asked for their link addresses.
  var hasNeighbours: Bool {
    flags.isDisjoint(with: [.noARP, .loopback, .pointToPoint])
  }
}
