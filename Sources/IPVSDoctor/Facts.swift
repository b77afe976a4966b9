// SPDX-License-Identifier: Apache-2.0

package import IPVSAddresses
package import IPVSClient
package import IPVSHost
package import IPVSRules
package import IPVSText

/// What was read of the host, in the network namespace that is examined.
package struct HostFacts: Sendable {
  /// How this program is called so that it asks the same table: `ipvsadm`, and words behind it.
  package var program = "ipvsadm"

  /// What precedes a command so that it works in the network namespace that is examined; empty for that of
  /// the shell.
  package var entering = ""

  /// The inode of the network namespace; nil where it is not to be seen.
  package var namespace: UInt64?

  /// The kernel that runs.
  package var kernel = RunningKernel("")

  /// The links by their index.
  package var links: [Int32: Link] = [:]

  /// The addresses of the links, at the first look and at the last.
  package var addresses: [InterfaceAddress] = []
  package var laterAddresses: [InterfaceAddress] = []

  /// Settings by their names below /proc/sys, of those that are there.
  package var settings: [String: String] = [:]

  /// The answers to questions for routes.
  package var routes: [RouteQuestion: RouteAnswer] = [:]

  /// What is known of neighbours, at each look.
  package var neighbours: [NeighbourQuestion: [NeighbourState]] = [:]

  /// Counters by their names, at each look.
  package var counters: [[String: UInt64]] = []

  /// The modules of the kernel.
  package var modules = ModuleList()

  /// The processes in the network namespace, of those that may change the table.
  package var processes: [HostProcess] = []

  /// The sockets that wait for packets.
  package var sockets: [ListeningSocket] = []

  /// The names of the links that merge packets before they are forwarded (LRO).
  package var mergingLinks: [ByteString] = []

  /// Makes facts of a host of which nothing was read.
  package init() {}

  /// The link with a name.
  package func link(named name: ByteString) -> Link? { links.values.first { $0.name == name } }

  /// The name of a link; its index where it is gone.
  package func name(ofLink index: Int32?) -> String {
    guard let index else { return "?" }
    return links[index].map { "\($0.name)" } ?? "link \(index)"
  }

  /// A setting as a number; nil where there is none.
  package func number(_ setting: String) -> Int? { settings[setting].flatMap { Int($0) } }

  /// How much a counter rose between the looks; nil where it was not read twice.
  package func rise(of counter: String) -> UInt64? {
    guard counters.count > 1, let first = counters.first?[counter],
      let last = counters.last?[counter], last >= first
    else { return nil }
    return last - first
  }

  /// A command of a shell that does in the examined network namespace what it says.
  package func command(_ command: String) -> String { entering + command }

  /// The command that sets a setting.
  ///
  /// - Parameter setting: Its name below /proc/sys.
  package func setting(_ setting: String, to value: Int) -> String {
    command("sysctl -w \(Self.sysctlName(of: setting))=\(value)")
  }

  /// The name of a setting as sysctl(8) writes it.
  static func sysctlName(of setting: String) -> String {
    // A link may have a dot in its name, and a slash where sysctl(8) has dots means a dot.
    setting.map { $0 == "/" ? "." : $0 == "." ? "/" : String($0) }.joined()
  }
}

/// What was read of a director once, for all rules.
package struct DirectorFacts: ExaminedFacts, Sendable {
  /// Why a source was not read.
  package var gaps: [Source: String] = [:]

  /// The host.
  package var host = HostFacts()

  /// Whether an engine was asked, in place of the kernel.
  package var isEngine = false

  /// Why the table could not be read; nil where it was.
  package var failure: DirectorError?

  /// The version and the size of IPVS; nil where the table was not read.
  package var kernel: KernelInfo?

  /// The services with their servers, of the first look.
  package var services: [ListedService] = []

  /// The servers of services with masquerading and of those by mark, of the second look.
  package var laterServers: [ServiceIdentity: [ListedServer]] = [:]

  /// The timeouts of connections; nil where they were not read.
  package var timeouts: Timeouts?

  /// The sync daemons.
  package var daemons: [SyncDaemon] = []

  /// The connections, added up, at each look.
  package var connections: [ConnectionFacts] = []

  /// How many connections came from another director.
  package var syncedConnections = 0

  /// The rules that are applied at boot or are to be applied, by the file that they are in.
  package var savedRules: [SavedRules] = []

  /// The rules of the firewall.
  package var firewall = FirewallFacts()

  /// Makes facts of a director of which nothing was read.
  package init() {}
}

/// Rules in a file, beside the table.
package struct SavedRules: Sendable {
  /// The file.
  package var path: String

  /// The rules of its lines without faults.
  package var rules: RuleSet

  /// What is wrong with the file; nil where nothing is.
  package var fault: String?

  /// Whether the rules are to be applied (`--for`), rather than those of the last boot.
  package var isWanted: Bool

  /// Makes saved rules of their parts.
  package init(path: String, rules: RuleSet, fault: String? = nil, isWanted: Bool = false) {
    self.path = path
    self.rules = rules
    self.fault = fault
    self.isWanted = isWanted
  }
}

// MARK: - Looking facts up

extension DirectorFacts {
  /// The services with their servers, each pair; made one by one, as there may be a million.
  package var servers: some Sequence<(service: ListedService, server: ListedServer)> {
    services.lazy.flatMap { service in
      service.servers.lazy.map { (service: service, server: $0) }
    }
  }

  /// The question where IPVS sends packets for a server.
  package static func route(
    to server: RealServer, of identity: ServiceIdentity
  ) -> RouteQuestion {
    if case .mark(let mark, _) = identity {
      return RouteQuestion(server.endpoint.address, mark: mark)
    }
    return RouteQuestion(server.endpoint.address)
  }

  /// Where IPVS sends packets for a server; nil where that was not asked.
  package func answer(for server: RealServer, of identity: ServiceIdentity) -> RouteAnswer? {
    host.routes[Self.route(to: server, of: identity)]
  }

  /// The same, where there is a route.
  package func route(to server: RealServer, of identity: ServiceIdentity) -> Route? {
    answer(for: server, of: identity)?.route
  }

  /// The virtual addresses, each once, in the order of the services.
  package var virtualAddresses: [IPAddress] {
    var seen = Set<IPAddress>()
    return services.compactMap(\.service.identity.virtualAddress).filter {
      seen.insert($0).inserted
    }
  }

  /// The addresses whose packets are delivered to this host where they come in by, or leave by, a certain
  /// link.
  package var localByLink: Set<IPAddress> {
    var found = Set<IPAddress>()
    for (question, answer) in host.routes
    where (question.inputLink != nil || question.outputLink != nil) && answer.route?.kind == .local
    {
      found.insert(question.destination)
    }
    return found
  }

  /// The names of the programs that change the table by themselves.
  package var hands: [String] {
    var names: [String] = []
    let hasSwarm = services.contains { listed in
      if case .mark(let mark, _) = listed.service.identity { mark > 256 } else { false }
    }
    for process in host.processes {
      guard let hand = process.hand, hand != "dockerd" || hasSwarm else { continue }
      if !names.contains(hand) { names.append(hand) }
    }
    return names
  }

  /// Whether a sync daemon of a role runs.
  package func hasDaemon(_ role: SyncDaemon.Role) -> Bool { daemons.contains { $0.role == role } }
}

extension HostProcess {
  /// The programs that change tables by themselves.
  private static let hands = [
    "keepalived", "ldirectord", "kube-proxy", "kube-router", "dockerd", "seesaw",
  ]

  /// Whether the process may be one of them, by its name alone.
  static func mayBeHand(_ name: String) -> Bool {
    name.hasPrefix("perl") || hands.contains { name.hasPrefix($0) }
  }

  /// The program that changes tables by itself which the process is one of; nil for any other.
  var hand: String? {
    // A script is the interpreter by its name.
    if name.hasPrefix("perl") {
      return words.contains { $0.hasSuffix("ldirectord") } ? "ldirectord" : nil
    }
    return Self.hands.first { name.hasPrefix($0) }
  }
}
