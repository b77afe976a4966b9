internal import IPVSBalancing
internal import IPVSNetlinkFormat

extension NetlinkServer {
  /// Begins a dump, and makes its first page at once, as the kernel does: what the requests after it
  /// change shows on later pages only (net/netlink/af_netlink.c, `__netlink_dump_start`).
  ///
  /// - Throws: EBUSY: the client has not taken all pages of another one. Others: as for the policies of
  ///   a family.
  mutating func beginDump(
    _ message: RawSpan, _ header: MessageHeader, _ command: UInt8,
    _ session: inout NetlinkSession
  ) throws(KernelError) {
    guard session.dump == nil else { throw .busy }
    session.dump = Dump(try Self.content(message, header.type, command), for: header)
    if let page = nextPage(&session) { session.append(page) }
  }

  /// The next page of the dump that is under way, or its end.
  mutating func nextPage(_ session: inout NetlinkSession) -> [UInt8]? {
    guard var dump = session.dump else { return nil }
    writer.removeAll()
    if dump.fillPage(from: balancer, into: &writer) {
      session.dump = dump
    } else {
      dump.end(&writer)
      session.dump = nil
    }
    return writer.bytes
  }

  private static func content(
    _ message: RawSpan, _ type: UInt16, _ command: UInt8
  ) throws(KernelError) -> Dump.Content {
    if type == ControllerFamily.number {
      return command == ControllerFamily.Command.getPolicy.rawValue
        ? .policies(try policyRows(message), next: 0) : .families(next: 0)
    }
    if type == Family.engine.number {
      return .connections(ConnectionCursor(), isBegun: false)
    }
    switch IPVSFamily.Command(rawValue: command) {
    case .getService: return .services(ServiceCursor())
    case .getDaemon: return .daemons(next: 0)
    default: return .servers(of: service(message), position: 0)
    }
  }

  /// The service that is named, if one is. What is malformed names none, and the dump is empty.
  private static func service(_ message: RawSpan) -> ServiceKey? {
    do throws(KernelError) {
      let top = try Attributes<IPVSFamily.Part>(message, in: attributes(message))
      return try ServiceRequest(message, top).key
    } catch {
      return nil
    }
  }
}
