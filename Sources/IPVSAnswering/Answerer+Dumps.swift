internal import IPVSBalancing
internal import IPVSNetlinkFormat

extension Answerer {
  /// Begins a dump, and makes its first page at once, as the kernel does: what the requests after it
  /// change shows on later pages only (net/netlink/af_netlink.c, `__netlink_dump_start`).
  ///
  /// - Throws: EBUSY: the client has not taken all pages of another one. Others: as for the policies of
  ///   a family.
  mutating func beginDump(
    _ message: RawSpan, _ header: MessageHeader, _ command: UInt8,
    _ conversation: inout Conversation
  ) throws(Refusal) {
    guard conversation.dump == nil else { throw .busy }
    conversation.dump = Dump(try Self.content(message, header.type, command), for: header)
    if let page = nextPage(&conversation) { conversation.append(page) }
  }

  /// The next page of the dump that is under way, or its end.
  mutating func nextPage(_ conversation: inout Conversation) -> [UInt8]? {
    guard var dump = conversation.dump else { return nil }
    writer.removeAll()
    if dump.fillPage(from: balancer, into: &writer) {
      conversation.dump = dump
    } else {
      dump.end(&writer)
      conversation.dump = nil
    }
    return writer.bytes
  }

  private static func content(
    _ message: RawSpan, _ type: UInt16, _ command: UInt8
  ) throws(Refusal) -> Dump.Content {
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
    do throws(Refusal) {
      let top = try Attributes<IPVSFamily.Part>(message, in: attributes(message))
      return try ServiceRequest(message, top).key
    } catch {
      return nil
    }
  }
}
