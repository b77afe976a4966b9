// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSMessages
import IPVSRules
import IPVSText
import TestSupport

/// Recorded requests in the words of the rule model. Nil where the model has no words for them.
extension RecordedRequest {
  var asRequest: Request? {
    guard let meaning = request else { return nil }
    switch cmd {
    case "NEW_SERVICE": return meaning.service?.rule.map { .change(.addService($0)) }
    case "SET_SERVICE": return meaning.service?.rule.map { .change(.editService($0)) }
    case "DEL_SERVICE": return meaning.service?.identity.map { .change(.deleteService($0)) }
    case "NEW_DAEMON": return meaning.daemon?.rule.map { .change(.startDaemon($0)) }
    case "DEL_DAEMON": return meaning.daemon?.role.map { .change(.stopDaemon($0, syncID: 0)) }
    default: return meaning.serverChange(cmd)
    }
  }
}

extension RecordedRequest.Meaning {
  fileprivate func serverChange(_ command: String) -> Request? {
    guard let identity = service?.identity, let dest else { return nil }
    switch command {
    case "NEW_DEST": return dest.rule(identity).map { .change(.addServer($0, to: identity)) }
    case "SET_DEST": return dest.rule(identity).map { .change(.editServer($0, of: identity)) }
    case "DEL_DEST": return dest.endpoint(identity).map { .change(.deleteServer($0, of: identity)) }
    default: return nil
    }
  }
}

extension RecordedRequest.Field {
  /// Bytes made by hand are digits without dots and colons; they are no address.
  fileprivate func address(_ family: AddressFamily) -> IPAddress? {
    guard let text, text.contains(where: { $0 == "." || $0 == ":" }) else { return nil }
    switch family {
    case .ipv4: return IPv4Address(ByteString(text)).map { .v4($0) }
    case .ipv6: return IPv6Address(ByteString(text)).map { .v6($0) }
    }
  }

  fileprivate func name(_ limit: Int) -> KernelName? {
    text.flatMap { KernelName(ByteString($0), atMost: limit) }
  }

  fileprivate var family: AddressFamily? {
    number(UInt16.self).flatMap { AddressFamily(rawValue: $0) }
  }
}

extension RecordedRequest.Service {
  var identity: ServiceIdentity? {
    guard let family = af?.family else { return nil }
    if let mark = fwmark?.number(UInt32.self) {
      return addr == nil && port == nil && self.protocol == nil ? .mark(mark, family) : nil
    }
    guard let transport = self.protocol?.number(UInt16.self),
      let address = addr?.address(family), let port = port?.number(UInt16.self)
    else { return nil }
    return .endpoint(TransportProtocol(rawValue: transport), Endpoint(address, port: port))
  }

  /// The service with all its settings, as our requests set them: all flags are meant, and without
  /// persistence there is no timeout.
  var rule: VirtualService? {
    guard let identity, let scheduler = sched?.name(KernelName.longestScheduler),
      let pair = flags?.numbers, pair.count == 2, pair[1] == .max,
      let seconds = timeout?.number(UInt32.self), let mask
    else { return nil }
    let isPersistent = pair[0] & 1 != 0
    guard isPersistent || seconds == 0 else { return nil }
    var engine: KernelName?
    if let pe {
      engine = pe.name(KernelName.longestEngine)
      guard engine != nil else { return nil }
    }
    return VirtualService(
      identity, scheduler: scheduler, flags: ServiceFlags(rawValue: pair[0] & ~1),
      persistence: isPersistent ? seconds : nil, netmask: mask, engine: engine)
  }

  private var mask: Netmask? {
    switch netmask {
    case .number(let length): return UInt32(exactly: length).map { .ipv6(prefixLength: $0) }
    case .some(let field):
      guard case .v4(let mask) = field.address(.ipv4) else { return nil }
      return .ipv4(mask)
    case nil: return nil
    }
  }
}

extension RecordedRequest.Server {
  func endpoint(_ identity: ServiceIdentity) -> Endpoint? {
    guard let family = af == nil ? identity.family : af?.family,
      let address = addr?.address(family), let port = port?.number(UInt16.self)
    else { return nil }
    return Endpoint(address, port: port)
  }

  func rule(_ identity: ServiceIdentity) -> RealServer? {
    guard let endpoint = endpoint(identity), let forwarding = fwd?.number(UInt32.self),
      let weight = weight?.number(Int.self).flatMap({ Weight($0) }),
      let upper = upper?.number(UInt32.self), let lower = lower?.number(UInt32.self), let tunnel
    else { return nil }
    return RealServer(
      endpoint, forwarding: ForwardingMethod(rawValue: forwarding), tunnel: tunnel, weight: weight,
      upperThreshold: upper, lowerThreshold: lower)
  }

  /// What is left out is zero, as the kernel takes it.
  private var tunnel: Tunnel? {
    guard let kind = (tunnelKind ?? .number(0)).number(UInt8.self),
      let port = (tunnelPort ?? .number(0)).number(UInt16.self),
      let flags = (tunnelFlags ?? .number(0)).number(UInt16.self)
    else { return nil }
    return Tunnel(Tunnel.Kind(rawValue: kind), port: port, flags: Tunnel.Flags(rawValue: flags))
  }
}

extension RecordedRequest.Daemon {
  var role: SyncDaemon.Role? {
    state?.number(UInt32.self).flatMap { SyncDaemon.Role(rawValue: $0) }
  }

  var rule: SyncDaemon? {
    guard let role, let interface = interface?.name(KernelName.longestInterface),
      let syncID = syncID?.number(UInt32.self)
    else { return nil }
    return SyncDaemon(
      role, interface: interface, syncID: syncID, maximumLength: maxlen?.number(UInt16.self),
      group: group?.address(.ipv4) ?? group6?.address(.ipv6), port: port?.number(UInt16.self),
      timeToLive: ttl?.number(UInt8.self))
  }
}
