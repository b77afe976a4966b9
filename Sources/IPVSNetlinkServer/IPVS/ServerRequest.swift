internal import IPVSAddresses
internal import IPVSBalancing
internal import IPVSNetlinkFormat

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
    guard let bits = attributes.bits(.address, message) else { throw .invalid }
    let port = try attributes.required(.port, message, as: UInt16.self)
    settings = isFull ? try Self.settings(attributes, message) : nil
    let number = attributes.number(.family, message, as: UInt16.self) ?? 0
    guard let family = number == 0 ? service : AddressFamily(rawValue: number) else {
      throw .familyUnsupported
    }
    key = ServerKey(family, address: family.address(bits), port: UInt16(bigEndian: port))
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
