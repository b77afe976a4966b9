// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSGrammar
import IPVSNames
import IPVSRules
import IPVSSchedulers
import IPVSText

// What services and servers become in a table.

extension Import {
  /// Adds a service with its servers, or where it has none, with its fallback.
  mutating func add(
    _ service: LdirectordService, _ fallbacks: [AddressFamily: (ByteString, SourcePlace)],
    _ settings: ImportSettings
  ) throws(ImportEnd) {
    guard let identity = identity(of: service, settings),
      let virtual = virtualService(identity, service)
    else { return }
    guard try add(virtual, at: service.place) else {
      note(
        .error, service.place,
        "\(identity) is in \(origins[identity]?.text ?? "the file") already, with which ldirectord does not start; "
          + "this one is left out")
      return
    }
    for (value, place) in service.hasServers ? service.servers : [] {
      guard let server = LdirectordServer(value, at: place, &self) else { continue }
      try add(server, to: identity, at: place, settings)
    }
    guard !service.hasServers || service.servers.isEmpty,
      let (value, place) = service.fallback ?? fallbacks[service.family],
      let server = LdirectordServer(fallback: value, of: identity, at: place, &self)
    else { return }
    note(.warning, place, "no server of \(identity) is ever up, so its fallback is in the table")
    try add(server, to: identity, at: place, settings)
  }

  private mutating func identity(
    of service: LdirectordService, _ settings: ImportSettings
  ) -> ServiceIdentity? {
    switch service.key {
    case .mark(let mark): return .mark(mark, service.family)
    case .host(let host, let name):
      guard
        let address = LdirectordEndpoint.address(
          host, service.family, at: service.place, settings, &self)
      else { return nil }
      let number = name.number(in: 0...65535).map { UInt16($0) }
      guard
        let port = number ?? settings.names.port(ofService: name, over: service.transport)
      else {
        note(
          .error, service.place,
          "\(name) is not the number or the name of a port of \(service.transport); the service is left out"
        )
        return nil
      }
      guard port != 0 || service.persistence != nil else {
        note(
          .error, service.place,
          "a service of all ports needs a line persistent=; without, the kernel refuses it; left out"
        )
        return nil
      }
      return .endpoint(service.transport, Endpoint(address, port: port))
    }
  }

  private mutating func virtualService(
    _ identity: ServiceIdentity, _ service: LdirectordService
  ) -> VirtualService? {
    guard SchedulerName(rawValue: service.scheduler.description) != nil,
      let name = KernelName(service.scheduler, atMost: KernelName.longestScheduler)
    else {
      note(
        .error, service.place,
        "Linux has no scheduler \(service.scheduler), and refuses the service, which is left out")
      return nil
    }
    guard var flags = schedulerFlags(service) else { return nil }
    if service.isOnePacket {
      if !service.isMark, service.transport == .udp {
        flags.insert(.onePacket)
      } else {
        note(.warning, service.place, "ldirectord takes ops=yes with udp only")
      }
    }
    if let (_, place) = service.netmask, service.persistence == nil {
      note(.ignored, place, "ldirectord takes netmask with persistent only", isRoutine: true)
    }
    return VirtualService(
      identity, scheduler: name, flags: flags, persistence: service.persistence,
      netmask: service.persistence == nil ? nil : service.netmask?.0)
  }

  /// Nil where ipvsadm refuses the flags, which is noted.
  private mutating func schedulerFlags(_ service: LdirectordService) -> ServiceFlags? {
    guard let (list, place) = service.schedulerFlags else { return [] }
    do throws(GrammarError) {
      return try SchedulerFlagList.read(list, scheduler: service.scheduler)
    } catch {
      note(
        .error, place,
        "ipvsadm refuses a service of \(service.scheduler) with the flags \(list); the service is left out"
      )
      return nil
    }
  }

  private mutating func add(
    _ server: LdirectordServer, to identity: ServiceIdentity, at place: SourcePlace,
    _ settings: ImportSettings
  ) throws(ImportEnd) {
    guard
      let first = LdirectordEndpoint.address(
        server.host, identity.family, at: place, settings, &self),
      let port = port(of: server, in: identity, at: place)
    else { return }
    var count = 1
    if let host = server.lastHost {
      guard
        let last = LdirectordEndpoint.address(host, identity.family, at: place, settings, &self)
      else { return }
      guard identity.family == .ipv4, first <= last else {
        note(
          .error, place,
          "a range is of IPv4, and its end is not before its beginning; the servers are left out")
        return
      }
      guard last.number - first.number < UInt128(Import.mostAddresses) else {
        throw end(place, "the range has more than \(Import.mostAddresses) addresses")
      }
      count = Int(last.number - first.number) + 1
    }
    guard server.lowerThreshold <= server.upperThreshold else {
      note(
        .error, place,
        "the kernel refuses l:\(server.lowerThreshold) without a u: as great; the server is left out"
      )
      return
    }
    for index in 0..<count {
      guard let address = first.advanced(by: UInt128(index)) else { return }
      let real = RealServer(
        Endpoint(address, port: port), forwarding: server.method, weight: server.weight,
        upperThreshold: server.upperThreshold, lowerThreshold: server.lowerThreshold)
      if try !add(real, to: identity, at: place) {
        note(
          .warning, place, "\(identity) has server \(real.endpoint) already; this one is left out")
      }
    }
  }

  /// The port that a server gets; nil where it is wrong, which is noted.
  private mutating func port(
    of server: LdirectordServer, in identity: ServiceIdentity, at place: SourcePlace
  ) -> UInt16? {
    guard let port = (server.port ?? "0").number(in: 0...65535).map({ UInt16($0) }) else {
      note(
        .error, place,
        "ldirectord takes the port of a server in digits only; the server is left out")
      return nil
    }
    guard case .endpoint(_, let virtual) = identity, server.method != .masquerading else {
      return port
    }
    if port != 0, port != virtual.port {
      note(
        .warning, place, "only masq changes ports: port \(port) becomes \(virtual.port)")
    }
    return virtual.port
  }
}
