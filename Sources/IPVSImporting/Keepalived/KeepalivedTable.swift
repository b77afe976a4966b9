// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSRules
import IPVSSchedulers
import IPVSText

/// What a keepalived.conf says of tables, before groups are resolved.
struct KeepalivedConfiguration {
  var services: [KeepalivedService] = []
  var groups: [ByteString: KeepalivedGroup] = [:]
  private var addressCount = 0

  /// The blocks that have nothing of a table, with the beginnings of their names.
  private static let otherBlocks: Set<ByteString> = [
    "SSL", "track_file", "garp_group", "linkbeat_interfaces", "linkbeat_use_polling", "instance",
    "use_pid_dir", "child_wait_time", "namespace_with_ipsets", "interface_up_down_delays",
    "process_names", "nftables", "enable_traps", "checker_priority", "config_copy_directory",
    "tmp_config_directory", "random_seed", "config_save_dir", "reload_check_config",
    "reload_time_file", "include_check", "process_track", "notify_fifo", "lvs_notify_fifo",
    "debug",
  ]
  private static let otherBeginnings: [StaticString] = ["vrrp_", "bfd_", "static_", "track_"]

  typealias Reading =
    @Sendable (
      inout KeepalivedConfiguration, KeepalivedStatement, inout Import
    ) throws(ImportEnd) -> Void

  /// The blocks and lines outside of all blocks that a table has something of.
  private static let keywords: [ByteString: Reading] = [
    "global_defs": { _, block, result throws(ImportEnd) in
      KeepalivedGlobals.read(block, &result)
    },
    "virtual_server_group": { configuration, block, result throws(ImportEnd) in
      try configuration.addGroup(block, &result)
    },
    "virtual_server": { configuration, block, result throws(ImportEnd) in
      configuration.addService(block, &result)
    },
    "net_namespace": noteNamespace, "net_namespace_ipvs": noteNamespace,
    "vrrp_instance": { _, block, result throws(ImportEnd) in
      KeepalivedGlobals.readInstance(block, &result)
    },
  ]

  private static let noteNamespace: Reading = { _, line, result throws(ImportEnd) in
    result.note(
      .note, line.place,
      "keepalived sets the table of namespace \(line[1] ?? ""); to do the same, apply the rules with --netns"
    )
  }

  mutating func take(_ statement: KeepalivedStatement, _ result: inout Import) throws(ImportEnd) {
    let keyword = statement.keyword
    // Without a name it was noted before.
    guard !statement.words.isEmpty else { return }
    if let read = Self.keywords[keyword] {
      try read(&self, statement, &result)
    } else if Self.otherBlocks.contains(keyword)
      || Self.otherBeginnings.contains(where: { keyword.hasPrefix($0) })
    {
      result.note(.ignored, statement.place, "\(keyword) is not of the table", isRoutine: true)
    } else {
      statement.noteUnknown("a configuration", &result)
    }
  }

  private mutating func addGroup(
    _ statement: KeepalivedStatement, _ result: inout Import
  ) throws(ImportEnd) {
    let group = try KeepalivedGroup(statement.block ?? [], &result)
    guard let name = statement[1], !group.entries.isEmpty else {
      result.note(
        .error, statement.place,
        "virtual server group \(statement[1] ?? "without a name") has no entry, and is left out")
      return
    }
    guard group.families.count < 2 || !group.hasMarkOfNoFamily else {
      result.note(
        .error, statement.place,
        "group \(name) has addresses of both families and a mark without a family, and is left out")
      return
    }
    addressCount += group.count
    guard addressCount <= Import.mostAddresses else {
      throw result.end(
        statement.place, "groups have more than \(Import.mostAddresses) addresses")
    }
    guard groups[name] == nil else {
      result.note(
        .error, statement.place, "there is a group \(name) before this one, which is left out")
      return
    }
    groups[name] = group
  }

  private mutating func addService(_ statement: KeepalivedStatement, _ result: inout Import) {
    guard var service = KeepalivedService(statement, &result) else { return }
    for line in statement.block ?? [] {
      guard let keyword = KeepalivedService.keywords[line.keyword] else {
        line.noteUnknown("a virtual server", &result)
        continue
      }
      if let behavior = keyword.take(line, into: &service, &result) {
        service.note(behavior, at: line.place, &result)
      }
    }
    guard !service.servers.isEmpty else {
      result.note(
        .error, statement.place, "\(service.name) has no real server, and is left out")
      return
    }
    services.append(service)
  }
}

extension Import {
  /// Reads a keepalived.conf.
  mutating func readKeepalived(
    _ bytes: [UInt8], _ settings: ImportSettings
  ) throws(ImportEnd) {
    var blocks = KeepalivedBlocks(KeepalivedText(bytes, settings))
    var configuration = KeepalivedConfiguration()
    while let statement = try blocks.next(&self) { try configuration.take(statement, &self) }
    for service in configuration.services {
      try add(service, configuration.groups)
    }
  }

  /// Adds the services of a virtual server, corrected as keepalived corrects them.
  private mutating func add(
    _ original: KeepalivedService, _ groups: [ByteString: KeepalivedGroup]
  ) throws(ImportEnd) {
    var service = original
    var group: KeepalivedGroup?
    if case .group(let name) = service.key {
      group = fit(groups[name], named: name, to: &service)
      guard group != nil else { return }
    }
    service.settleFamily()
    service.removeRepeatedServers(&self)
    service.settle(&self, group: group)
    if service.sorryServer != nil, !service.keepsSorryServer {
      service.note(.sorryServer, at: service.sorryServer?.place ?? service.place, &self)
    }
    switch service.key {
    case .address(let address, let port):
      let endpoint = Endpoint(address, port: port)
      try add(service, as: .endpoint(service.transport ?? .udp, endpoint))
    case .mark(let mark): try add(service, as: .mark(mark, service.family ?? .ipv4))
    case .group:
      guard let group else { return }
      try add(service, for: group)
    }
  }

  /// The group of a service, if the service can use it.
  private mutating func fit(
    _ group: KeepalivedGroup?, named name: ByteString, to service: inout KeepalivedService
  ) -> KeepalivedGroup? {
    func leaveOut(_ reason: String) -> KeepalivedGroup? {
      note(.error, service.place, "\(service.name) is left out: \(reason)")
      return nil
    }
    guard let group else { return leaveOut("there is no group of that name with an entry") }
    let families = group.families
    if let family = service.family, families.contains(where: { $0 != family }) {
      return leaveOut("the group has addresses of another family than its \(family)")
    }
    if families.count == 1 { service.family = service.family ?? families.first }
    return group
  }

  private mutating func add(
    _ service: KeepalivedService, for group: KeepalivedGroup
  ) throws(ImportEnd) {
    for entry in group.entries {
      switch entry {
      case .addresses(let first, let count, let port):
        for index in 0..<count {
          guard let address = first.advanced(by: UInt128(index)) else { break }
          try add(
            service, as: .endpoint(service.transport ?? .udp, Endpoint(address, port: port)),
            isFirst: index == 0)
        }
      case .mark(let mark, let family):
        try add(service, as: .mark(mark, family ?? service.family ?? .ipv4))
      }
    }
  }

  /// Adds a service with its servers; if it is there already, its servers to it.
  ///
  /// - Parameter isFirst: Whether what is corrected in it is noted, which of a range is the same for all.
  private mutating func add(
    _ service: KeepalivedService, as identity: ServiceIdentity, isFirst: Bool = true
  ) throws(ImportEnd) {
    if try !add(service.virtualService(identity), at: service.place) {
      note(
        .warning, service.place,
        "\(identity) is in \(origins[identity]?.text ?? "the file") already: its options count, and keepalived "
          + "adds these servers to it")
    }
    for server in service.allServers {
      guard
        let real = realServer(
          server, of: identity, isInGroup: service.isGroup, isFirst: isFirst)
      else { continue }
      if try !add(real, to: identity, at: server.place) {
        note(
          .warning, server.place,
          "\(identity) has server \(real.endpoint) already; this one is left out")
      }
    }
  }

  /// A server as the kernel gets it.
  ///
  /// - Returns: Nil where the kernel refuses it, which is noted.
  private mutating func realServer(
    _ server: KeepalivedServer, of identity: ServiceIdentity, isInGroup: Bool, isFirst: Bool
  ) -> RealServer? {
    let method = server.method ?? KeepalivedMethod(forwarding: .masquerading)
    guard server.address.family == identity.family || method.forwarding == .tunneling else {
      note(
        .error, server.place,
        "server \(server.address) is not of the family of \(identity); left out")
      return nil
    }
    guard server.lowerThreshold <= server.upperThreshold else {
      if isFirst {
        note(
          .error, server.place,
          "server \(server.address) is left out: the kernel refuses lthreshold \(server.lowerThreshold) without a "
            + "uthreshold as great")
      }
      return nil
    }
    var port = server.port
    if method.forwarding == .masquerading {
      // In a group it is left at that of the packet.
      if port == 0, !isInGroup, case .endpoint(_, let virtual) = identity { port = virtual.port }
    } else {
      let wanted: UInt16 = if case .endpoint(_, let virtual) = identity { virtual.port } else { 0 }
      if port != 0, port != wanted, isFirst {
        note(
          .warning, server.place,
          "only NAT changes ports: port \(port) of server \(server.address) becomes \(wanted)")
      }
      port = wanted
    }
    return RealServer(
      Endpoint(server.address, port: port), forwarding: method.forwarding, tunnel: method.tunnel,
      weight: server.weight ?? .one, upperThreshold: server.upperThreshold,
      lowerThreshold: server.lowerThreshold)
  }
}

extension KeepalivedService {
  fileprivate var isGroup: Bool { if case .group = key { true } else { false } }

  /// The servers of the table: also the sorry server, where it is there before it is needed.
  fileprivate var allServers: [KeepalivedServer] {
    guard keepsSorryServer, var sorry = sorryServer else { return servers }
    sorry.weight = .quiesced
    let isRepeated = servers.contains { $0.address == sorry.address && $0.port == sorry.port }
    return isRepeated ? servers : servers + [sorry]
  }

  /// The family of a service by mark whose servers are all behind tunnels: theirs, if they have one.
  fileprivate mutating func settleFamily() {
    guard family == nil else { return }
    let families = Set((servers + [sorryServer].compactMap(\.self)).map(\.address.family))
    family = families.count == 1 ? families.first : .ipv4
  }

  fileprivate mutating func removeRepeatedServers(_ result: inout Import) {
    var seen: Set<Endpoint> = []
    servers = servers.filter { server in
      let isNew = seen.insert(Endpoint(server.address, port: server.port)).inserted
      if !isNew {
        result.note(
          .warning, server.place,
          "server \(server.address) \(server.port) is there before; this one is left out")
      }
      return isNew
    }
  }

  /// Corrects settings and fills in those that are missing (keepalived, `validate_check_config`).
  fileprivate mutating func settle(_ result: inout Import, group: KeepalivedGroup?) {
    let isByMark =
      switch key {
      case .address: false
      case .mark: true
      case .group: !(group?.hasAddresses ?? false)
      }
    if isByMark {
      if transport != nil {
        result.note(.warning, place, "\(name): a service by mark has no protocol")
        transport = nil
      }
    } else {
      settleTransport(&result)
      settleZeroPort(&result, group: group)
    }
    if scheduler == nil {
      result.note(.warning, place, "\(name): no lvs_sched; keepalived takes wlc")
      scheduler = .wlc
    }
    settleMethods(&result)
    if engine != nil, persistence == nil {
      result.note(
        .warning, place, "\(name): persistence_engine without persistence_timeout has no effect")
      engine = nil
    }
    for index in servers.indices where servers[index].weight == nil {
      servers[index].weight = weight
    }
  }

  private mutating func settleTransport(_ result: inout Import) {
    if transport == nil {
      result.note(.warning, place, "\(name): no protocol; keepalived takes UDP")
      transport = .udp
    }
    if flags.contains(.onePacket), transport != .udp {
      result.note(.warning, place, "\(name): ops is of UDP and marks only, and is left out")
      flags.remove(.onePacket)
    }
  }

  private mutating func settleZeroPort(_ result: inout Import, group: KeepalivedGroup?) {
    let hasZeroPort =
      switch key {
      case .address(_, port: 0): true
      case .group: group?.hasZeroPort ?? false
      default: false
      }
    guard hasZeroPort, persistence == nil else { return }
    result.note(
      .warning, place,
      "\(name): without a port a service is persistent; keepalived takes \(Self.defaultPersistence) seconds"
    )
    persistence = Self.defaultPersistence
  }

  private mutating func settleMethods(_ result: inout Import) {
    let lacks = servers.contains { $0.method == nil }
    if lacks, method == nil {
      result.note(.warning, place, "\(name): no lvs_method; keepalived takes NAT")
    }
    let method = method ?? KeepalivedMethod(forwarding: .masquerading)
    for index in servers.indices where servers[index].method == nil {
      servers[index].method = method
    }
    if sorryServer?.method == nil { sorryServer?.method = method }
  }

  fileprivate func virtualService(_ identity: ServiceIdentity) -> VirtualService {
    VirtualService(
      identity,
      scheduler: KernelName(
        ByteString((scheduler ?? .wlc).rawValue), atMost: KernelName.longestScheduler)
        ?? .weightedLeastConnections,
      flags: flags, persistence: persistence, netmask: netmask, engine: engine)
  }
}

extension SourcePlace {
  /// `FILE:LINE`.
  var text: String { "\(file == "-" ? "standard input" : file):\(line)" }
}
