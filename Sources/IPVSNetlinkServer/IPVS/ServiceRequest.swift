internal import IPVSAddresses
internal import IPVSBalancing
internal import IPVSNetlinkFormat
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
        address: family.address(attributes.bits(.address, message) ?? 0),
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
      let flags = attributes.bits(.flags, message)
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
      netmask: key.family == .ipv4 ? UInt32(bigEndian: netmask) : netmask,
      engine: ByteString(attributes.text(.engine, message) ?? []))
  }

  /// What stands for no scheduler at all.
  static let noScheduler = Array("none".utf8)
}

extension AddressFamily {
  /// An address from the 16 bytes that IPVS gives to both families: IPv4 in the first four.
  func address(_ bits: UInt128) -> UInt128 { self == .ipv4 ? bits >> 96 : bits }

  /// The 16 bytes as a number that begins with the highest byte.
  func bits(_ address: UInt128) -> UInt128 { self == .ipv4 ? address << 96 : address }
}
