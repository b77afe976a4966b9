// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
package import IPVSHost
package import IPVSSockets
internal import IPVSSystem

/// Reads what a host tells about itself. What cannot be read becomes a gap with its reason.
package struct HostExamination {
  /// What answers over netlink.
  package let peer: NetlinkPeer

  /// Where the files are.
  package let files: HostFiles

  /// The most links whose settings are read; a host of many containers has one for each.
  private static let mostLinks = 512

  /// The settings of a link, below net/ipv4/conf/LINK.
  private static let linkSettings = [
    "forwarding", "rp_filter", "send_redirects", "arp_ignore", "arp_announce",
  ]

  /// The settings that rules look at, but for those of IPVS and of links.
  private static let settings = [
    "net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding", "net/ipv4/tcp_keepalive_time",
    "net/netfilter/nf_conntrack_count", "net/netfilter/nf_conntrack_max",
  ]

  /// The folder of the settings of IPVS, below /proc/sys.
  private static let vsFolder = "net/ipv4/vs"

  /// Makes an examination; nothing is read yet.
  package init(_ peer: NetlinkPeer, _ files: HostFiles) {
    self.peer = peer
    self.files = files
  }

  /// Reads the kernel's release and the network namespace, links, addresses, and settings.
  package func readBasics<Facts: ExaminedFacts>(_ facts: inout Facts) {
    facts.host.kernel = RunningKernel.current
    facts.host.namespace = files.namespace
    readLinks(&facts)
    readSettings(&facts)
  }

  // MARK: - Netlink

  private func readLinks<Facts: ExaminedFacts>(_ facts: inout Facts) {
    do throws(HostError) {
      var socket = try RouteSocket(peer)
      for link in try socket.links() { facts.host.links[link.index] = link }
      facts.host.addresses = try socket.addresses()
    } catch {
      let reason = "links and addresses cannot be read: \(error)"
      for source in [Source.links, .addresses] { facts.gaps[source] = reason }
    }
  }

  /// Asks for routes, each question once.
  package func readRoutes<Facts: ExaminedFacts>(
    _ questions: some Sequence<RouteQuestion>, _ facts: inout Facts
  ) {
    let wanted = Array(Set(questions).subtracting(facts.host.routes.keys))
    guard !wanted.isEmpty, facts.gaps[.routes] == nil else { return }
    do throws(HostError) {
      var socket = try RouteSocket(peer)
      for (question, answer) in zip(wanted, try socket.routes(wanted)) {
        facts.host.routes[question] = answer
      }
    } catch {
      facts.gaps[.routes] = "routes cannot be asked for: \(error)"
    }
  }

  /// Looks at neighbours once more.
  package func readNeighbours<Facts: ExaminedFacts>(
    _ questions: [NeighbourQuestion], _ facts: inout Facts
  ) {
    guard !questions.isEmpty, facts.gaps[.neighbours] == nil else { return }
    do throws(HostError) {
      var socket = try RouteSocket(peer)
      for (question, state) in zip(questions, try socket.neighbours(questions)) {
        facts.host.neighbours[question, default: []].append(state ?? [])
      }
    } catch {
      facts.gaps[.neighbours] = "neighbours cannot be asked for: \(error)"
    }
  }

  /// Reads the addresses again.
  package func readAddressesAgain<Facts: ExaminedFacts>(_ facts: inout Facts) {
    guard var socket = try? RouteSocket(peer), let addresses = try? socket.addresses() else {
      return
    }
    facts.host.laterAddresses = addresses
  }

  /// Reads the rules of the firewall; the modules must have been read.
  package func readFirewall<Facts: ExaminedFacts>(_ facts: inout Facts) {
    switch FirewallFacts.read(peer, files, facts.host.modules) {
    case .success(let firewall): facts.firewall = firewall
    case .failure(let gap): facts.gaps[.firewall] = gap.reason
    }
  }

  // MARK: - Files

  private func readSettings<Facts: ExaminedFacts>(_ facts: inout Facts) {
    guard files.setting("net/ipv4/ip_forward") != nil else {
      facts.gaps[.settings] = "/proc/sys/net cannot be read"
      facts.gaps[.vsSettings] = "/proc/sys/net cannot be read"
      return
    }
    let up = facts.host.links.values.filter { $0.flags.contains(.up) }
      .sorted { $0.index < $1.index }.prefix(Self.mostLinks)
    let links = ["all"] + up.map { "\($0.name)" }
    let ofLinks = links.flatMap { link in
      Self.linkSettings.map { "net/ipv4/conf/\(link)/\($0)" }
    }
    read(Self.settings + ofLinks, &facts)
    guard let names = files.names(in: "/proc/sys/\(Self.vsFolder)") else {
      facts.gaps[.vsSettings] = "/proc/sys/\(Self.vsFolder) is not there"
      return
    }
    read(names.map { "\(Self.vsFolder)/\($0)" }, &facts)
  }

  private func read<Facts: ExaminedFacts>(_ settings: [String], _ facts: inout Facts) {
    for name in settings {
      if let value = files.setting(name) { facts.host.settings[name] = value }
    }
  }

  /// Reads the counters of the network stack once more.
  package func readCounters<Facts: ExaminedFacts>(_ facts: inout Facts) {
    var counters = CounterFile.counters(
      ofNetstat: files.text(of: "/proc/thread-self/net/netstat") ?? "")
    for name in ["rt_cache", "nf_conntrack"] {
      let text = files.text(of: "/proc/thread-self/net/stat/\(name)") ?? ""
      for (title, sum) in CounterFile.sums(ofProcessors: text) {
        counters["\(name).\(title)"] = sum
      }
    }
    facts.host.counters.append(counters)
  }

  /// Reads which modules are loaded, built in, and installed.
  package func readModules<Facts: ExaminedFacts>(_ facts: inout Facts) {
    let folder = "/lib/modules/\(facts.host.kernel.release)"
    var loaded = Set(files.names(in: "/sys/module") ?? [])
    for line in (files.text(of: "/proc/modules") ?? "").split(separator: "\n") {
      if let name = line.split(separator: " ").first { loaded.insert(String(name)) }
    }
    func names(_ file: String) -> Set<String>? {
      files.text(of: "\(folder)/\(file)").map { ModuleList.names(in: $0) }
    }
    facts.host.modules = ModuleList(
      loaded: loaded, builtIn: names("modules.builtin"), installed: names("modules.dep"),
      hasOtherKernels: !(files.names(in: "/lib/modules") ?? []).isEmpty)
  }

  /// Reads which sockets wait for packets.
  package func readSockets<Facts: ExaminedFacts>(_ facts: inout Facts) {
    for (file, transport) in ListeningSocket.files {
      guard let text = files.text(of: "/proc/thread-self/net/\(file)") else {
        // A kernel without IPv6 has no such file.
        if !file.hasSuffix("6") { facts.gaps[.sockets] = "/proc/net/\(file) cannot be read" }
        continue
      }
      facts.host.sockets += ListeningSocket.all(in: text, over: transport)
    }
  }

  /// Reads which programs may change the table by themselves in the network namespace of this process.
  package func readProcesses<Facts: ExaminedFacts>(_ facts: inout Facts) {
    // Where it is mounted, it holds at least this process.
    let numbers = (files.names(in: "/proc") ?? []).compactMap { Int($0) }.sorted()
    guard !numbers.isEmpty else {
      facts.gaps[.processes] = "/proc cannot be read"
      return
    }
    for number in numbers {
      guard let comm = files.text(of: "/proc/\(number)/comm", atMost: 64),
        let name = comm.split(separator: "\n").first.map(String.init),
        HostProcess.mayBeHand(name)
      else { continue }
      let line = files.text(of: "/proc/\(number)/cmdline", atMost: 64 << 10) ?? ""
      let process = HostProcess(
        number: number, name: name, words: line.split(separator: "\0").map(String.init))
      guard process.hand != nil else { continue }
      guard let namespace = files.namespace(of: "\(number)"), let own = facts.host.namespace else {
        // A process that ended meanwhile is none.
        if files.exists("/proc/\(number)/comm") {
          facts.gaps[.processes] =
            "it cannot be seen in which network namespace \(name) (\(number)) is"
        }
        continue
      }
      if namespace == own { facts.host.processes.append(process) }
    }
  }
}

extension ListeningSocket {
  /// The files of /proc/net that list sockets.
  fileprivate static let files: [(String, TransportProtocol)] = [
    ("tcp", .tcp), ("tcp6", .tcp), ("udp", .udp), ("udp6", .udp),
  ]
}
