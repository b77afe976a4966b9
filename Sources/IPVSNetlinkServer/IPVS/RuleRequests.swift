internal import IPVSAddresses
internal import IPVSBalancing
internal import IPVSNetlinkFormat
internal import IPVSProtocol
internal import IPVSText

extension KernelError {
  /// EAFNOSUPPORT
  static let familyUnsupported = KernelError(errno: 97)
}

/// The attribute of a request that says which service it is about, and, where one is added or edited,
/// what is set of it (ip_vs_ctl.c, `ip_vs_genl_parse_service`).
struct ServiceRequest {
  let key: ServiceKey
  private let attributes: Attributes<IPVSFamily.Service>

  /// - Throws: EINVAL: the attribute is missing, or something in it. EAFNOSUPPORT: its family of
  ///   addresses is unknown.
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

  /// What is to be set. Flags that the request does not mean stay as they are.
  ///
  /// - Throws: EINVAL: something is missing.
  func settings(
    _ message: RawSpan, before: ServiceSettings?
  ) throws(KernelError) -> ServiceSettings {
    guard let scheduler = attributes.text(.scheduler, message),
      let flags = attributes.field(.flags, message)
    else { throw .invalid }
    let timeout = try attributes.required(.timeout, message, as: UInt32.self)
    let netmask = try attributes.required(.netmask, message, as: UInt32.self)
    // Two numbers in the order of the host; what is missing of them is zero.
    let meant = UInt32(truncatingIfNeeded: flags >> 64).bigEndian
    let new = UInt32(truncatingIfNeeded: flags >> 96).bigEndian
    return ServiceSettings(
      scheduler: scheduler == Self.noScheduler ? nil : ByteString(scheduler),
      flags: (before?.flags ?? 0) & ~meant | new & meant,
      timeout: timeout &* UInt32(Instant.ticksPerSecond),
      netmask: key.family.netmaskField(netmask),
      engine: ByteString(attributes.text(.engine, message) ?? []))
  }

  /// What stands for no scheduler at all.
  static let noScheduler = Array("none".utf8)
}

/// The attribute of a request that says which real server it is about, and, where one is added or
/// edited, what is set of it (ip_vs_ctl.c, `ip_vs_genl_parse_dest`).
struct ServerRequest {
  /// The low bits of a method, which are all that counts (`IP_VS_CONN_F_FWD_MASK`).
  private static let forwardingMask: UInt32 = 7

  let key: ServerKey

  /// Nil where the request need only name the server.
  let settings: ServerSettings?

  /// - Parameters:
  ///   - service: the family of the service, which the server has where the request does not say.
  ///   - isFull: whether the settings are needed.
  /// - Throws: EINVAL: the attribute is missing, or something in it. EAFNOSUPPORT: its family of
  ///   addresses is unknown.
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
      forwarding: try attributes.required(.forwarding, message) & forwardingMask,
      weight: Int32(bitPattern: weight),
      upperThreshold: try attributes.required(.upperThreshold, message),
      lowerThreshold: try attributes.required(.lowerThreshold, message),
      tunnelKind: attributes.number(.tunnelKind, message) ?? 0,
      tunnelPort: UInt16(bigEndian: attributes.number(.tunnelPort, message) ?? 0),
      tunnelFlags: attributes.number(.tunnelFlags, message) ?? 0)
  }
}

/// The attribute of a request that is about a sync daemon (ip_vs_ctl.c, `ip_vs_genl_set_daemon`).
struct DaemonRequest {
  /// A number that may stand for no role.
  let role: UInt32

  private let attributes: Attributes<IPVSFamily.Daemon>

  /// - Throws: EINVAL: the attribute is missing, or the role, or something is malformed.
  init(_ message: RawSpan, _ top: Attributes<IPVSFamily.Part>) throws(KernelError) {
    guard let part = top[.daemon] else { throw .invalid }
    do { attributes = try Attributes(message, in: part) } catch { throw .invalid }
    role = try attributes.required(.role, message)
  }

  /// What is to be set of a daemon that begins.
  ///
  /// - Throws: EINVAL: something is missing.
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
