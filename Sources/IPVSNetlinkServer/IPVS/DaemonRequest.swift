internal import IPVSAddresses
internal import IPVSBalancing
internal import IPVSNetlinkFormat
internal import IPVSText

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
    let group6 = attributes.bits(.group6, message).map { IPAddress.v6(IPv6Address($0)) }
    return DaemonSettings(
      interface: ByteString(interface), syncID: try attributes.required(.syncID, message),
      maximumLength: attributes.number(.maximumLength, message) ?? 0, group: group ?? group6,
      port: attributes.number(.port, message) ?? 0,
      timeToLive: attributes.number(.timeToLive, message) ?? 0)
  }
}
