// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSGrammar
import IPVSRules
import IPVSSchedulers
import IPVSText

/// What a keyword of keepalived.conf(5) becomes in a table.
///
/// `Object` is what it is written in.
enum KeepalivedKeyword<Object>: Sendable {
  typealias Reading = @Sendable (inout Object, KeepalivedStatement, inout Import) -> Void

  /// A setting of the object.
  case setting(Reading)

  /// A setting that takes a word at least.
  case value(Reading)

  /// A behavior that a table does not have.
  case behavior(KeepalivedBehavior)

  /// About checks, mail, scripts: nothing of a table.
  case routine

  /// Without meaning for keepalived 2, and often there; the text says why.
  case obsolete(String)

  /// Not keepalived's; the text says whose.
  case foreign(String)
}

extension KeepalivedService {
  /// The keywords of `virtual_server`.
  static let keywords: [ByteString: KeepalivedKeyword<KeepalivedService>] = [
    "lvs_sched": .value(setScheduler), "lb_algo": .value(setScheduler),
    "lvs_method": .value(setMethod), "lb_kind": .value(setMethod),
    "protocol": .value(setTransport),
    "persistence_timeout": .setting(setPersistence),
    "persistence_granularity": .value(setNetmask),
    "persistence_engine": .value(setEngine),
    "ops": .setting { service, _, _ in service.flags.insert(.onePacket) },
    "flag-1": .setting { service, _, _ in service.flags.insert(.scheduler1) },
    "flag-2": .setting { service, _, _ in service.flags.insert(.scheduler2) },
    "flag-3": .setting { service, _, _ in service.flags.insert(.scheduler3) },
    "sh-port": .setting(flag(.port, of: .sh)), "sh-fallback": .setting(flag(.fallback, of: .sh)),
    "mh-port": .setting(flag(.port, of: .mh)), "mh-fallback": .setting(flag(.fallback, of: .mh)),
    "ip_family": .value(setFamily), "weight": .value(setWeight),
    "real_server": .value(addServer),
    "sorry_server": .value(setSorryServer),
    "sorry_server_inhibit": .setting(keepSorryServer),
    "sorry_server_lvs_method": .value(setSorryMethod),
    "alpha": .behavior(.alpha), "quorum": .behavior(.quorum),
    "ha_suspend": .behavior(.suspension), "inhibit_on_failure": .behavior(.inhibition),
    "hashed": .routine, "omega": .routine, "hysteresis": .routine, "quorum_up": .routine,
    "quorum_down": .routine, "smtp_alert": .routine, "virtualhost": .routine,
    "snmp_name": .routine, "delay_loop": .routine, "retry": .routine,
    "delay_before_retry": .routine, "warmup": .routine, "connect_timeout": .routine,
    "nat_mask": .obsolete("keepalived 2 has no nat_mask, and needs none"),
    "net_mask": .obsolete("keepalived 2 has no net_mask, and needs none"),
    "uthreshold": .foreign("a threshold is an option of real_server"),
    "lthreshold": .foreign("a threshold is an option of real_server"),
    "laddr_group_name": dpvs, "daddr_group_name": dpvs, "laddr_group": dpvs, "synproxy": dpvs,
    "syn_proxy": dpvs, "blklst": dpvs, "blklst_group": dpvs, "whtlst": dpvs,
    "conn_timeout": dpvs, "establish_timeout": dpvs, "expire_quiescent_conn": dpvs,
    "bps": dpvs, "limit_proportion": dpvs, "vip_bind_dev": dpvs, "alpha;": dpvs,
    "hash_target": dpvs, "quic": dpvs, "proxy_protocol": dpvs,
  ]

  private static var dpvs: KeepalivedKeyword<KeepalivedService> {
    .foreign("this is of DPVS or Alibaba's LVS, and IPVS has nothing for it")
  }

  private static func setScheduler(
    _ service: inout KeepalivedService, _ line: KeepalivedStatement, _ result: inout Import
  ) {
    let name = line[1] ?? ""
    guard let scheduler = SchedulerName(rawValue: name.description) else {
      result.note(.error, line.place, "Linux has no scheduler \(name); the line is left out")
      return
    }
    service.scheduler = scheduler
  }

  private static func setMethod(
    _ service: inout KeepalivedService, _ line: KeepalivedStatement, _ result: inout Import
  ) {
    service.method = KeepalivedMethod.read(line, after: service.method, &result)
  }

  private static let transports: [String: TransportProtocol] = [
    "tcp": .tcp, "udp": .udp, "sctp": .sctp,
  ]

  private static func setTransport(
    _ service: inout KeepalivedService, _ line: KeepalivedStatement, _ result: inout Import
  ) {
    let name = line[1] ?? ""
    guard let transport = transports[name.description.lowercased()] else {
      result.note(
        .error, line.place, "a protocol is TCP, UDP, or SCTP, not \(name); the line is left out")
      return
    }
    service.transport = transport
  }

  private static func setPersistence(
    _ service: inout KeepalivedService, _ line: KeepalivedStatement, _ result: inout Import
  ) {
    guard let text = line[1] else {
      service.persistence = defaultPersistence
      return
    }
    guard let seconds = text.number(in: 1...OptionName.longestTimeout) else {
      let remedy =
        text.number(in: 0...0) == nil
        ? "not a decimal number from 1 to \(OptionName.longestTimeout)"
        : "to have none, leave the line out"
      result.note(
        .error, line.place, "persistence_timeout \(text) sets no persistence: \(remedy)")
      return
    }
    service.persistence = UInt32(seconds)
  }

  private static func setNetmask(
    _ service: inout KeepalivedService, _ line: KeepalivedStatement, _ result: inout Import
  ) {
    let text = line[1] ?? ""
    let family = service.family ?? (text.bytes.contains(UInt8(ascii: ".")) ? .ipv4 : .ipv6)
    // An address of IPv4 is read as inet_aton(3) does: 24 is the mask 0.0.0.24.
    let netmask: Netmask? =
      switch family {
      case .ipv4: IPv4Address(text).map { .ipv4($0) }
      case .ipv6: text.number(in: 1...128).map { .ipv6(prefixLength: UInt32($0)) }
      }
    guard let netmask else {
      result.note(
        .error, line.place,
        "persistence_granularity \(text) is not "
          + (family == .ipv4 ? "a mask such as 255.255.255.0" : "the length of a prefix, 1 to 128")
          + "; the line is left out")
      return
    }
    if family == .ipv4, ByteString(netmask.description) != text {
      result.note(.warning, line.place, "keepalived takes \(text) for the mask \(netmask)")
    }
    service.family = family
    service.netmask = netmask
    service.persistence = service.persistence ?? defaultPersistence
  }

  private static func setEngine(
    _ service: inout KeepalivedService, _ line: KeepalivedStatement, _ result: inout Import
  ) {
    let name = line[1] ?? ""
    if name != "sip" {
      result.note(
        .warning, line.place, "Linux has the persistence engine sip, and none called \(name)")
    }
    service.engine = KernelName(
      ByteString(name.bytes.prefix(KernelName.longestEngine - 1)), atMost: KernelName.longestEngine)
  }

  /// A flag that keepalived takes behind the line of its scheduler only.
  private static func flag(
    _ flag: ServiceFlags, of scheduler: SchedulerName
  ) -> KeepalivedKeyword<KeepalivedService>.Reading {
    { service, line, result in
      guard service.scheduler == scheduler else {
        result.note(
          .error, line.place,
          "\(line.keyword) has no effect: keepalived takes it behind a line 'lvs_sched \(scheduler.rawValue)'"
        )
        return
      }
      service.flags.insert(flag)
    }
  }

  private static func setFamily(
    _ service: inout KeepalivedService, _ line: KeepalivedStatement, _ result: inout Import
  ) {
    let families: [ByteString: AddressFamily] = ["inet": .ipv4, "inet6": .ipv6]
    guard let family = families[line[1] ?? ""], service.family == nil || service.family == family
    else {
      result.note(
        .error, line.place,
        "ip_family \(line[1] ?? "") is not inet or inet6, or not the family of the address; left out"
      )
      return
    }
    service.family = family
  }

  private static func setWeight(
    _ service: inout KeepalivedService, _ line: KeepalivedStatement, _ result: inout Import
  ) {
    let range = 1...Int(Int32.max)
    guard let number = KeepalivedNumber.read(line[1] ?? "", in: range, at: line.place, &result),
      let weight = Weight(number)
    else {
      result.note(
        .error, line.place,
        "the weight of a virtual server is a number from 1 to 2147483647; left out")
      return
    }
    service.weight = weight
  }

  private static func addServer(
    _ service: inout KeepalivedService, _ line: KeepalivedStatement, _ result: inout Import
  ) {
    guard var server = KeepalivedServer(line, &result) else { return }
    server.method = service.method
    for statement in line.block ?? [] {
      guard let keyword = KeepalivedServer.keywords[statement.keyword] else {
        statement.noteUnknown("a real server", &result)
        continue
      }
      if let behavior = keyword.take(statement, into: &server, &result) {
        service.note(behavior, at: statement.place, &result)
      }
    }
    guard service.takes(server, &result) else { return }
    service.servers.append(server)
  }

  /// Whether a server fits the family of the service, which it gives to a service that has none.
  private mutating func takes(_ server: KeepalivedServer, _ result: inout Import) -> Bool {
    guard server.method?.forwarding != .tunneling else { return true }
    let family = family ?? server.address.family
    self.family = family
    guard family == server.address.family else {
      result.note(
        .error, server.place,
        "server \(server.address) is not of the service's family, \(family), and not behind a tunnel; left "
          + "out")
      return false
    }
    return true
  }

  private static func setSorryServer(
    _ service: inout KeepalivedService, _ line: KeepalivedStatement, _ result: inout Import
  ) {
    service.sorryServer = KeepalivedServer(line, &result) ?? service.sorryServer
    service.sorryServer?.method = service.method
  }

  private static func keepSorryServer(
    _ service: inout KeepalivedService, _ line: KeepalivedStatement, _ result: inout Import
  ) {
    guard service.sorryServer != nil else {
      result.note(.error, line.place, "no sorry_server is before this line, which is left out")
      return
    }
    service.keepsSorryServer = true
  }

  private static func setSorryMethod(
    _ service: inout KeepalivedService, _ line: KeepalivedStatement, _ result: inout Import
  ) {
    guard service.sorryServer != nil else {
      result.note(.error, line.place, "no sorry_server is before this line, which is left out")
      return
    }
    let present = service.sorryServer?.method
    service.sorryServer?.method = KeepalivedMethod.read(line, after: present, &result)
  }

  /// Notes a behavior, once in a service.
  mutating func note(
    _ behavior: KeepalivedBehavior, at place: SourcePlace, _ result: inout Import
  ) {
    if noted.insert(behavior).inserted { result.note(.note, place, behavior.text) }
  }
}

extension KeepalivedServer {
  /// The keywords of `real_server`.
  static let keywords: [ByteString: KeepalivedKeyword<KeepalivedServer>] = {
    var table: [ByteString: KeepalivedKeyword<KeepalivedServer>] = [
      "weight": .value(setWeight),
      "lvs_method": .value { server, line, result in
        server.method = KeepalivedMethod.read(line, after: server.method, &result)
      },
      "uthreshold": .value(threshold(\.upperThreshold)),
      "lthreshold": .value(threshold(\.lowerThreshold)),
      "inhibit_on_failure": .behavior(.inhibition), "alpha": .behavior(.alpha),
    ]
    for word in routine { table[word] = .routine }
    return table
  }()

  /// Checks, and what they are told.
  private static let routine: [ByteString] = [
    "notify_up", "notify_down", "retry", "delay_before_retry", "warmup", "connect_timeout",
    "delay_loop", "smtp_alert", "virtualhost", "snmp_name", "TCP_CHECK", "HTTP_GET", "SSL_GET",
    "SMTP_CHECK", "DNS_CHECK", "MISC_CHECK", "UDP_CHECK", "PING_CHECK", "FILE_CHECK", "BFD_CHECK",
  ]

  private static func setWeight(
    _ server: inout KeepalivedServer, _ line: KeepalivedStatement, _ result: inout Import
  ) {
    let range = 0...Int(Int32.max)
    guard let number = KeepalivedNumber.read(line[1] ?? "", in: range, at: line.place, &result),
      let weight = Weight(number)
    else {
      result.note(
        .error, line.place,
        "weight \(line[1] ?? "") is not a number from 0 to 2147483647; the line is left out")
      return
    }
    server.weight = weight
  }

  private static func threshold(
    _ property: any WritableKeyPath<KeepalivedServer, UInt32> & Sendable
  ) -> KeepalivedKeyword<KeepalivedServer>.Reading {
    { server, line, result in
      let range = 0...Int(Int32.max)
      guard let number = KeepalivedNumber.read(line[1] ?? "", in: range, at: line.place, &result)
      else {
        result.note(
          .error, line.place,
          "\(line.keyword) \(line[1] ?? "") is not a number from 0 to 2147483647; the line is left out"
        )
        return
      }
      server[keyPath: property] = UInt32(number)
    }
  }
}

extension KeepalivedKeyword {
  /// Takes a line of the keyword.
  ///
  /// - Returns: The behavior that it is about; nil where it is about none.
  func take(
    _ line: KeepalivedStatement, into object: inout Object, _ result: inout Import
  ) -> KeepalivedBehavior? {
    switch self {
    case .value where line.words.count < 2:
      result.note(
        .error, line.place,
        "\(line.keyword) needs a word behind it, without which keepalived does not start; left out")
    case .setting(let read), .value(let read): read(&object, line, &result)
    case .behavior(let behavior): return behavior
    case .routine:
      result.note(.ignored, line.place, "\(line.keyword) is not of the table", isRoutine: true)
    case .obsolete(let text): result.note(.ignored, line.place, text)
    case .foreign(let text):
      result.note(.error, line.place, "\(line.keyword): \(text); the line is left out")
    }
    return nil
  }
}

extension KeepalivedStatement {
  /// Notes that keepalived has no such keyword there.
  func noteUnknown(_ place: String, _ result: inout Import) {
    let what = block == nil ? "the line" : "the block"
    result.note(
      .error, self.place,
      MacroUse.isUndefined(keyword)
        ? "macro \(keyword) is not defined; \(what) is left out"
        : "keepalived knows no \(keyword) in \(place); \(what) is left out")
  }
}
