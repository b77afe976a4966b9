// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSBalancing
internal import IPVSNetlinkFormat
internal import IPVSNumbers
internal import IPVSProtocol
internal import IPVSText

extension KernelError {
  /// EAFNOSUPPORT
  static let familyUnsupported = KernelError(errno: 97)
}

/// A request's service attribute: the service's key, and its settings when it is added or edited
/// (ip_vs_ctl.c, `ip_vs_genl_parse_service`).
struct ServiceRequest {
  let key: ServiceKey
  private let attributes: Attributes<IPVSFamily.Service>

  /// - Throws: EINVAL if the attribute or a part of the key is missing; EAFNOSUPPORT if the address family
  ///   is unknown.
  init(_ message: RawSpan, _ top: Attributes<IPVSFamily.Part>) throws(KernelError) {
    guard let part = top[.service] else { throw .invalid }
    do { attributes = try Attributes(message, in: part) } catch { throw .invalid }
    let number = try attributes.required(.family, message, as: UInt16.self)
    let hasAddress =
      attributes.has(.port) && attributes.has(.transport) && attributes.has(.address)
    guard attributes.has(.mark) || hasAddress else { throw .invalid }
    guard let family = AddressFamily(rawValue: number) else { throw .familyUnsupported }
    if let mark = attributes.number(.mark, message, as: UInt32.self) {
      key = ServiceKey(family, mark: mark)
    } else {
      key = ServiceKey(
        family, transport: try attributes.required(.transport, message),
        address: family.address(inField: attributes.field(.address, message) ?? 0),
        port: UInt16(bigEndian: try attributes.required(.port, message)))
    }
  }

  /// The settings in the request. Flags outside the request's mask keep their values from `before`.
  ///
  /// - Throws: EINVAL if a setting is missing.
  func settings(
    _ message: RawSpan, before: ServiceSettings?
  ) throws(KernelError) -> ServiceSettings {
    guard let scheduler = attributes.text(.scheduler, message),
      let flags = attributes.field(.flags, message)
    else { throw .invalid }
    let timeout = try attributes.required(.timeout, message, as: UInt32.self)
    let netmask = try attributes.required(.netmask, message, as: UInt32.self)
    // Two numbers in host byte order: flags and mask. Missing bytes are zero.
    let meant = UInt32(truncatingIfNeeded: flags >> 64).bigEndian
    let new = UInt32(truncatingIfNeeded: flags >> 96).bigEndian
    return ServiceSettings(
      scheduler: scheduler == Self.noScheduler ? nil : ByteString(scheduler),
      flags: (before?.flags ?? 0) & ~meant | new & meant,
      timeout: timeout &* UInt32(Instant.ticksPerSecond),
      netmask: key.family.netmaskField(netmask),
      engine: ByteString(attributes.text(.engine, message) ?? []))
  }

  /// The name that the kernel uses for a service without a scheduler.
  static let noScheduler = Array("none".utf8)
}

/// A request's real server attribute: the server's key, and its settings when it is added or edited
/// (ip_vs_ctl.c, `ip_vs_genl_parse_dest`).
struct ServerRequest {
  let key: ServerKey

  /// Nil for a deletion, which needs only the key.
  let settings: ServerSettings?

  /// - Parameters:
  ///   - service: The service's address family, the default for the server's.
  ///   - isFull: Whether the settings are needed.
  /// - Throws: EINVAL if the attribute or a part of the key is missing; EAFNOSUPPORT if the address family
  ///   is unknown.
  init(
    _ message: RawSpan, _ top: Attributes<IPVSFamily.Part>, in service: AddressFamily, isFull: Bool
  ) throws(KernelError) {
    guard let part = top[.server] else { throw .invalid }
    let attributes: Attributes<IPVSFamily.Server>
    do { attributes = try Attributes(message, in: part) } catch { throw .invalid }
    guard let field = attributes.field(.address, message) else { throw .invalid }
    let port = try attributes.required(.port, message, as: UInt16.self)
    settings = isFull ? try Self.settings(attributes, message) : nil
    let number = attributes.number(.family, message, as: UInt16.self) ?? 0
    guard let family = number == 0 ? service : AddressFamily(rawValue: number) else {
      throw .familyUnsupported
    }
    key = ServerKey(family, address: family.address(inField: field), port: UInt16(bigEndian: port))
  }

  private static func settings(
    _ attributes: Attributes<IPVSFamily.Server>, _ message: RawSpan
  ) throws(KernelError) -> ServerSettings {
    let weight = try attributes.required(.weight, message, as: UInt32.self)
    return ServerSettings(
      forwarding: try attributes.required(.forwarding, message) & ForwardingNumber.mask,
      weight: Int32(bitPattern: weight),
      upperThreshold: try attributes.required(.upperThreshold, message),
      lowerThreshold: try attributes.required(.lowerThreshold, message),
      tunnelKind: attributes.number(.tunnelKind, message) ?? 0,
      tunnelPort: UInt16(bigEndian: attributes.number(.tunnelPort, message) ?? 0),
      tunnelFlags: attributes.number(.tunnelFlags, message) ?? 0)
  }
}

/// A request's sync daemon attribute (ip_vs_ctl.c, `ip_vs_genl_set_daemon`).
struct DaemonRequest {
  /// As sent; it may be no valid role.
  let role: UInt32

  private let attributes: Attributes<IPVSFamily.Daemon>

  /// - Throws: EINVAL if the attribute or the role is missing, or an attribute is invalid.
  init(_ message: RawSpan, _ top: Attributes<IPVSFamily.Part>) throws(KernelError) {
    guard let part = top[.daemon] else { throw .invalid }
    do { attributes = try Attributes(message, in: part) } catch { throw .invalid }
    role = try attributes.required(.role, message)
  }

  /// The settings of a daemon to start.
  ///
  /// - Throws: EINVAL if a setting is missing.
  func settings(_ message: RawSpan) throws(KernelError) -> DaemonSettings {
    guard let interface = attributes.text(.interface, message) else { throw .invalid }
    let group = attributes.number(.group, message, as: UInt32.self).map {
      IPAddress.v4(IPv4Address(UInt32(bigEndian: $0)))
    }
    let group6 = attributes.field(.group6, message).map { IPAddress(.ipv6, field: $0) }
    return DaemonSettings(
      interface: ByteString(interface), syncID: try attributes.required(.syncID, message),
      maximumLength: attributes.number(.maximumLength, message) ?? 0, group: group ?? group6,
      port: attributes.number(.port, message) ?? 0,
      timeToLive: attributes.number(.timeToLive, message) ?? 0)
  }
}
