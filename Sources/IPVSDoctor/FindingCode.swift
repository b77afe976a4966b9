// SPDX-License-Identifier: Apache-2.0

/// How much a finding matters.
package enum Severity: String, Hashable, Sendable, CaseIterable {
  /// Some packets of a service in the table cannot be served.
  case error

  /// It will fail under a condition that is likely or was seen already.
  case warning

  /// Worth knowing; nothing fails.
  case note
}

extension Severity: Comparable {
  /// What matters more comes first.
  package static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }

  private var rank: Int {
    switch self {
    case .error: 0
    case .warning: 1
    case .note: 2
    }
  }
}

/// Everything that the doctor can find, by its code. Codes stay what they are and are never given to
/// something else: D of a director, R of a real server.
package enum FindingCode: String, Hashable, Sendable, CaseIterable {
  case ipvsAbsent = "D01"
  case schedulerAbsent = "D02"
  case noRights = "D03"
  case settingsAbsent = "D04"

  case noServers = "D05"
  case allQuiesced = "D06"
  case allFull = "D07"
  case everyPortWithoutPersistence = "D08"
  case slotsOfUnusableServers = "D09"

  case forwardingOff = "D10"
  case forwardingOffIPv6 = "D11"
  case addressNotLocal = "D12"
  case addressDuplicate = "D13"

  case shadowedByMark = "D14"
  case markUnset = "D15"
  case backupOnly = "D16"
  case onePacketMasquerading = "D17"
  case portUnused = "D18"
  case thresholdsMeaningless = "D19"

  case noRoute = "D20"
  case neighbourSilent = "D21"
  case directRoutingBehindRouter = "D22"
  case masqueradingToLoopback = "D23"
  case localServer = "D24"
  case answersLost = "D25"
  case clientInServerNetwork = "D26"
  case tunnelMTU = "D27"
  case mixedFamilies = "D28"
  case martianAnswers = "D29"

  case redirects = "D30"
  case reversePathFilter = "D31"

  case inputDrops = "D35"
  case forwardDrops = "D36"
  case invalidDrops = "D37"
  case outputDrops = "D38"
  case masqueradeWithoutConntrack = "D39"
  case conntrackFull = "D40"
  case notJudged = "D41"

  case reuseDelay = "D45"
  case deadServerKeepsDatagrams = "D46"
  case quiescedServerKeepsClients = "D47"
  case defenceOn = "D48"
  case countersFrozen = "D49"
  case idleConnectionsCut = "D50"
  case persistenceMask = "D51"
  case unusualSettings = "D52"
  case settingUnknown = "D53"

  case syncLinkDown = "D55"
  case syncWithoutMulticast = "D56"
  case syncNothingTaken = "D57"
  case syncFragments = "D58"
  case syncTwins = "D59"

  case severalHands = "D60"
  case savedRulesDiffer = "D61"
  case connectionTableSmall = "D62"
  case estimatorsMany = "D63"
  case largeReceiveOffload = "D64"

  case serverAddressNotLocal = "R01"
  case serverAnswersARP = "R02"
  case serverAnnouncesARP = "R03"
  case noTunnelDevice = "R04"
  case tunnelReversePathFilter = "R05"
  case answersByWrongWay = "R06"
  case nothingListens = "R07"
  case serverFirewallDrops = "R08"
  case serverMSS = "R09"
  case wideMask = "R10"
}

/// What is said of a code wherever it is found. The manual page ipvs-doctor(7) is made of this.
package struct CatalogueEntry: Sendable {
  /// The severity where nothing softens or sharpens it.
  package let severity: Severity

  /// What is wrong, in one line.
  package let title: StaticString

  /// What users see of it.
  package let symptom: StaticString

  /// What is looked at, and what is concluded from.
  package let evidence: StaticString

  fileprivate init(
    _ severity: Severity, _ title: StaticString, symptom: StaticString, evidence: StaticString
  ) {
    self.severity = severity
    self.title = title
    self.symptom = symptom
    self.evidence = evidence
  }
}

/// What codes are about, in the order of the catalogue.
package enum FindingGroup: String, Hashable, Sendable, CaseIterable {
  case kernel = "The kernel"
  case table = "The table"
  case wayIn = "The way in"
  case servers = "The servers"
  case firewall = "Firewall and conntrack"
  case settings = "Settings of IPVS"
  case synchronization = "Sync daemons"
  case operation = "Operation"
  case realServer = "Real servers"
}

extension FindingCode {
  /// What the code is about.
  package var group: FindingGroup {
    switch self {
    case .ipvsAbsent, .schedulerAbsent, .noRights, .settingsAbsent: .kernel
    case .noServers, .allQuiesced, .allFull, .everyPortWithoutPersistence,
      .slotsOfUnusableServers, .shadowedByMark, .markUnset, .backupOnly, .onePacketMasquerading,
      .portUnused, .thresholdsMeaningless:
      .table
    case .forwardingOff, .forwardingOffIPv6, .addressNotLocal, .addressDuplicate, .redirects,
      .reversePathFilter:
      .wayIn
    case .noRoute, .neighbourSilent, .directRoutingBehindRouter, .masqueradingToLoopback,
      .localServer, .answersLost, .clientInServerNetwork, .tunnelMTU, .mixedFamilies,
      .martianAnswers:
      .servers
    case .inputDrops, .forwardDrops, .invalidDrops, .outputDrops, .masqueradeWithoutConntrack,
      .conntrackFull, .notJudged:
      .firewall
    case .reuseDelay, .deadServerKeepsDatagrams, .quiescedServerKeepsClients, .defenceOn,
      .countersFrozen, .idleConnectionsCut, .persistenceMask, .unusualSettings, .settingUnknown:
      .settings
    case .syncLinkDown, .syncWithoutMulticast, .syncNothingTaken, .syncFragments, .syncTwins:
      .synchronization
    case .severalHands, .savedRulesDiffer, .connectionTableSmall, .estimatorsMany,
      .largeReceiveOffload:
      .operation
    case .serverAddressNotLocal, .serverAnswersARP, .serverAnnouncesARP, .noTunnelDevice,
      .tunnelReversePathFilter, .answersByWrongWay, .nothingListens, .serverFirewallDrops,
      .serverMSS, .wideMask:
      .realServer
    }
  }

  /// What is said of the code wherever it is found.
  package var entry: CatalogueEntry {
    switch group {
    case .kernel: kernelEntry
    case .table: tableEntry
    case .wayIn: wayInEntry
    case .servers: serverEntry
    case .firewall: firewallEntry
    case .settings: settingEntry
    case .synchronization: syncEntry
    case .operation: operationEntry
    case .realServer: realServerEntry
    }
  }
}

// MARK: - The kernel

extension FindingCode {
  private var kernelEntry: CatalogueEntry {
    switch self {
    case .ipvsAbsent:
      CatalogueEntry(
        .error, "the kernel has no IPVS",
        symptom: "every command fails",
        evidence:
          "the look-up of the netlink family IPVS; the lists of modules of the running kernel")
    case .schedulerAbsent:
      CatalogueEntry(
        .error, "a scheduler is not to be had",
        symptom: "a service with it cannot be added",
        evidence:
          "the schedulers that rules name, beside the modules that are loaded, built in, and installed"
      )
    case .noRights:
      CatalogueEntry(
        .error, "the table may not be read",
        symptom: "every command is refused",
        evidence: "the answer to a request of the netlink family IPVS")
    default:
      CatalogueEntry(
        .note, "the settings of IPVS are not to be seen",
        symptom: "nothing; what hangs on them is not checked",
        evidence: "the folder /proc/sys/net/ipv4/vs")
    }
  }
}

// MARK: - The table

extension FindingCode {
  private var tableEntry: CatalogueEntry {
    switch self {
    case .noServers:
      CatalogueEntry(
        .error, "a service has no servers",
        symptom: "clients are refused at once, and after some attempts in a row time out",
        evidence: "the servers of each service")
    case .allQuiesced:
      CatalogueEntry(
        .error, "all servers of a service have weight 0",
        symptom:
          "clients are refused as without servers; those that persistence has bound are served",
        evidence: "the weights of the servers of each service")
    case .allFull:
      CatalogueEntry(
        .error, "all servers of a service have as many connections as they may",
        symptom: "clients are refused",
        evidence: "the connections of each server, beside its upper threshold")
    case .everyPortWithoutPersistence:
      CatalogueEntry(
        .error, "a service for all ports is not persistent",
        symptom: "clients are refused: the kernel schedules such a service never",
        evidence: "port and flags of each service")
    case .slotsOfUnusableServers:
      CatalogueEntry(
        .warning, "a scheduler that hashes keeps the share of a server that is out",
        symptom: "some clients are refused for good, others never",
        evidence: "the scheduler with its flags, beside the weights and thresholds of the servers")
    case .shadowedByMark:
      CatalogueEntry(
        .note, "a service gets nothing, as its packets are given the mark of another one",
        symptom: "the counters of the service stand still, those of the mark move",
        evidence:
          "the rules of the firewall that set marks, beside the services by address and by mark")
    case .markUnset:
      CatalogueEntry(
        .error, "nothing gives packets the mark of a service",
        symptom:
          "the service is not balanced: its packets go to the director itself, and are refused",
        evidence: "the rules of the firewall that set marks; the counters of the service")
    case .backupOnly:
      CatalogueEntry(
        .error, "the director takes no packets while it is a backup",
        symptom: "requests go to the director itself, and are refused",
        evidence: "net.ipv4.vs.backup_only, beside the sync daemons")
    case .onePacketMasquerading:
      CatalogueEntry(
        .error, "one-packet scheduling does not translate the answers of masquerading servers",
        symptom: "answers come from the address of the server, and clients drop them",
        evidence: "the flags of the service, beside the forwarding methods of its servers")
    case .portUnused:
      CatalogueEntry(
        .note, "the port of a server behind direct routing or a tunnel is not used",
        symptom: "packets arrive at the port of the service",
        evidence: "the ports of servers, beside that of their service")
    default:
      CatalogueEntry(
        .note, "thresholds of a server mean nothing",
        symptom: "the server gets connections as without them",
        evidence: "the thresholds of each server")
    }
  }
}

// MARK: - The way in

extension FindingCode {
  private var wayInEntry: CatalogueEntry {
    switch self {
    case .forwardingOff:
      CatalogueEntry(
        .error, "masquerading servers, but the system does not forward IPv4",
        symptom: "clients time out; connections stay in SYN_RECV",
        evidence: "the forwarding setting of the link that the route to each server names")
    case .forwardingOffIPv6:
      CatalogueEntry(
        .error, "masquerading servers, but the system does not forward IPv6",
        symptom: "clients time out; connections stay in SYN_RECV",
        evidence: "net.ipv6.conf.all.forwarding")
    case .addressNotLocal:
      CatalogueEntry(
        .error, "a virtual address is not local to the director",
        symptom: "clients time out or hear that the host is unreachable; no counter moves",
        evidence: "the route to each virtual address")
    case .addressDuplicate:
      CatalogueEntry(
        .error, "another host has a virtual IPv6 address",
        symptom: "clients time out",
        evidence: "the flags of addresses: duplicate, tentative")
    case .redirects:
      CatalogueEntry(
        .note, "the director may tell masquerading servers a shorter way to clients",
        symptom: "answers may bypass the director, and clients drop them",
        evidence: "the settings send_redirects, beside the routes to a client and to its server")
    default:
      CatalogueEntry(
        .warning, "the director drops packets because of their way back",
        symptom: "clients of some networks time out",
        evidence: "the settings rp_filter, and whether the counter IPReversePathFilter moves")
    }
  }
}

// MARK: - The servers

extension FindingCode {
  private var serverEntry: CatalogueEntry {
    switch self {
    case .noRoute:
      CatalogueEntry(
        .error, "there is no route to a server",
        symptom: "clients of the share of that server hear that it is unreachable",
        evidence: "the route to each server")
    case .neighbourSilent:
      CatalogueEntry(
        .error, "a server, or the router to it, does not answer on its link",
        symptom: "after three seconds clients of its share hear that there is no route to the host",
        evidence: "the neighbour that the route to each server names")
    case .directRoutingBehindRouter:
      CatalogueEntry(
        .error, "a server with direct routing is behind a router",
        symptom: "clients of its share time out: the router gets packets for the virtual address",
        evidence: "the route to each server with direct routing")
    case .masqueradingToLoopback:
      CatalogueEntry(
        .error, "a masquerading server is at the loopback",
        symptom: "clients from outside time out",
        evidence: "the addresses of masquerading servers")
    case .localServer:
      CatalogueEntry(
        .note, "a server is the director itself",
        symptom: "nothing, where something listens at the port of the service",
        evidence: "the route to each server; the sockets that listen")
    case .answersLost:
      CatalogueEntry(
        .warning, "answers of a masquerading server do not come back to the director",
        symptom: "clients of its share time out",
        evidence:
          "connections in SYN_RECV without established ones; packets to a server without packets from it"
      )
    case .clientInServerNetwork:
      CatalogueEntry(
        .error, "a client is in the network of its masquerading server",
        symptom: "that client times out: the server answers it without the director",
        evidence:
          "the clients of connections in SYN_RECV, beside the networks on the links of the director"
      )
    case .tunnelMTU:
      CatalogueEntry(
        .warning, "a tunnel leaves less room than clients use",
        symptom: "small requests work, uploads hang where messages about their size are lost",
        evidence: "the MTU of the route to each server behind a tunnel, less its headers")
    case .mixedFamilies:
      CatalogueEntry(
        .note, "a server is of the other family than its service",
        symptom: "nothing, where the server unpacks such a tunnel",
        evidence: "the families of services and servers")
    default:
      CatalogueEntry(
        .error, "answers of servers with direct routing or tunnels pass through the director",
        symptom:
          "clients time out: the director drops packets that carry its own address as source",
        evidence: "whether the counter in_martian_src moves")
    }
  }
}

// MARK: - Firewall and conntrack

extension FindingCode {
  private var firewallEntry: CatalogueEntry {
    switch self {
    case .inputDrops:
      CatalogueEntry(
        .error, "the firewall of the director drops requests",
        symptom: "clients time out or are refused; no counter moves",
        evidence: "the rules at prerouting and input, walked with a first packet to each service")
    case .forwardDrops:
      CatalogueEntry(
        .error, "the firewall of the director drops the answers of masquerading servers",
        symptom: "clients time out; connections stay in SYN_RECV",
        evidence: "the rules at prerouting and forward, walked with the answer of each server")
    case .invalidDrops:
      CatalogueEntry(
        .error, "the firewall takes the answers of masquerading servers for invalid",
        symptom: "clients time out; connections stay in SYN_RECV",
        evidence: "answers that pass only if conntrack knows them, beside net.ipv4.vs.conntrack")
    case .outputDrops:
      CatalogueEntry(
        .error, "the firewall of the director drops what goes to the servers",
        symptom: "clients time out",
        evidence: "the rules at output and postrouting, walked with what goes to each server")
    case .masqueradeWithoutConntrack:
      CatalogueEntry(
        .warning, "a rule that translates addresses has no effect on what goes to the servers",
        symptom: "servers without a way back through the director stay silent",
        evidence: "rules at postrouting that translate the source, beside net.ipv4.vs.conntrack")
    case .conntrackFull:
      CatalogueEntry(
        .error, "the table of conntrack is full",
        symptom: "new connections are dropped now and then",
        evidence:
          "nf_conntrack_count beside nf_conntrack_max, and whether the counter of drops moves")
    default:
      CatalogueEntry(
        .note, "there are filters that are not judged",
        symptom: "nothing, unless they drop",
        evidence: "tables of other families, and programs at the links")
    }
  }
}

// MARK: - Settings of IPVS

extension FindingCode {
  private var settingEntry: CatalogueEntry {
    switch self {
    case .reuseDelay:
      CatalogueEntry(
        .warning, "clients that use a port again wait for a second",
        symptom: "some connections take a second to open",
        evidence: "the release, net.ipv4.vs.conntrack, and net.ipv4.vs.conn_reuse_mode")
    case .deadServerKeepsDatagrams:
      CatalogueEntry(
        .warning, "datagrams to a server that was removed are dropped",
        symptom: "clients that keep their port get no answer for as long as they send",
        evidence:
          "connections of UDP whose server is in no service, and net.ipv4.vs.expire_nodest_conn")
    case .quiescedServerKeepsClients:
      CatalogueEntry(
        .warning, "a server of weight 0 keeps the clients that persistence has bound",
        symptom: "the server does not become empty",
        evidence: "templates of servers of weight 0, and net.ipv4.vs.expire_quiescent_template")
    case .defenceOn:
      CatalogueEntry(
        .warning, "IPVS defends itself by dropping",
        symptom: "some new connections are dropped",
        evidence: "net.ipv4.vs.drop_packet, drop_entry, and secure_tcp")
    case .countersFrozen:
      CatalogueEntry(
        .warning, "the counters of IPVS stand still",
        symptom: "listings and exporters show the same numbers for ever",
        evidence: "net.ipv4.vs.run_estimation")
    case .idleConnectionsCut:
      CatalogueEntry(
        .note, "connections are forgotten before keepalive wakes them",
        symptom: "idle connections hang when they are used again",
        evidence: "the timeouts of the table, beside net.ipv4.tcp_keepalive_time")
    case .persistenceMask:
      CatalogueEntry(
        .note, "persistence is finer or coarser than is usual",
        symptom: "one server gets all clients, or clients stay for a long time",
        evidence: "mask and timeout of persistent services")
    case .unusualSettings:
      CatalogueEntry(
        .note, "a setting of IPVS is not what it usually is",
        symptom: "nothing by itself",
        evidence: "net.ipv4.vs.sloppy_tcp, sloppy_sctp, schedule_icmp, and ignore_tunneled")
    default:
      CatalogueEntry(
        .note, "a setting is not one of this kernel",
        symptom: "nothing; what hangs on it is not checked",
        evidence: "the files in /proc/sys/net/ipv4/vs")
    }
  }
}

// MARK: - Sync daemons

extension FindingCode {
  private var syncEntry: CatalogueEntry {
    switch self {
    case .syncLinkDown:
      CatalogueEntry(
        .error, "the link of a sync daemon is down or gone",
        symptom: "connections do not survive a change of the director",
        evidence: "the interface of each daemon, and the flags of the link")
    case .syncWithoutMulticast:
      CatalogueEntry(
        .warning, "the link of a sync daemon carries no multicast",
        symptom: "connections may not survive a change of the director",
        evidence: "the flags and addresses of the link, and the route to the group")
    case .syncNothingTaken:
      CatalogueEntry(
        .warning, "the backup receives, and takes nothing",
        symptom: "connections do not survive a change of the director",
        evidence:
          "connections that came from the master, and whether the counter of multicast packets moves"
      )
    case .syncFragments:
      CatalogueEntry(
        .warning, "sync messages are longer than their link takes",
        symptom: "they are cut into fragments, of which none may be lost",
        evidence: "the length of messages, beside the MTU of the link")
    default:
      CatalogueEntry(
        .note, "the director is master and backup at once",
        symptom: "nothing, where that is meant",
        evidence: "the sync daemons")
    }
  }
}

// MARK: - Operation

extension FindingCode {
  private var operationEntry: CatalogueEntry {
    switch self {
    case .severalHands:
      CatalogueEntry(
        .warning, "several programs change the table",
        symptom: "changes are undone",
        evidence: "the processes in this network namespace")
    case .savedRulesDiffer:
      CatalogueEntry(
        .note, "the saved rules are not the table",
        symptom: "another table after the next boot",
        evidence: "/etc/ipvsadm.rules and /etc/sysconfig/ipvsadm, beside the table")
    case .connectionTableSmall:
      CatalogueEntry(
        .warning, "the table of connections has too few buckets",
        symptom: "packets take more time the more connections there are",
        evidence: "connections, beside the buckets of the table")
    case .estimatorsMany:
      CatalogueEntry(
        .note, "there are many counters to be kept up to date",
        symptom: "pauses every two seconds",
        evidence: "services and servers, beside the release")
    default:
      CatalogueEntry(
        .note, "a link that forwards merges packets",
        symptom: "packets are dropped, or sent larger than the next link takes",
        evidence: "the features of the links")
    }
  }
}

// MARK: - Real servers

extension FindingCode {
  private var realServerEntry: CatalogueEntry {
    switch self {
    case .serverAddressNotLocal:
      CatalogueEntry(
        .error, "the virtual address is not local to the server",
        symptom: "clients of its share time out",
        evidence: "the route to each virtual address")
    case .serverAnswersARP:
      CatalogueEntry(
        .error, "the server answers ARP for the virtual address",
        symptom: "some clients come to the server without the director",
        evidence: "the settings arp_ignore, beside the link that has the address")
    case .serverAnnouncesARP:
      CatalogueEntry(
        .warning, "the server names the virtual address when it asks by ARP",
        symptom: "after such a question neighbours send to the server without the director",
        evidence: "the settings arp_announce")
    case .noTunnelDevice:
      CatalogueEntry(
        .error, "no device of the server takes the tunnel",
        symptom: "clients of its share are refused or time out",
        evidence: "links of the kind of the tunnel, and whether they are up")
    case .tunnelReversePathFilter:
      CatalogueEntry(
        .error, "the server drops what comes out of the tunnel because of its way back",
        symptom: "clients of its share time out",
        evidence: "the settings rp_filter of the tunnel")
    case .answersByWrongWay:
      CatalogueEntry(
        .error, "answers of the server take the wrong way",
        symptom: "clients of its share time out",
        evidence: "the route to clients, beside the forwarding method")
    case .nothingListens:
      CatalogueEntry(
        .error, "nothing listens at the virtual address",
        symptom: "clients of its share are refused",
        evidence: "the sockets that listen")
    case .serverFirewallDrops:
      CatalogueEntry(
        .error, "the firewall of the server drops requests",
        symptom: "clients of its share time out or are refused",
        evidence: "the rules at prerouting and input")
    case .serverMSS:
      CatalogueEntry(
        .warning, "the server offers longer segments than the tunnel takes",
        symptom: "uploads hang where messages about their size are lost",
        evidence: "the MTU of the tunnel, beside the route to clients")
    default:
      CatalogueEntry(
        .error, "a virtual address on the loopback has a wide mask",
        symptom: "clients of that network time out: the server takes them for itself",
        evidence: "the addresses on the loopback")
    }
  }
}
