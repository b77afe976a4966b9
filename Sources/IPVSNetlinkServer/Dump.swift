// SPDX-License-Identifier: Apache-2.0

internal import IPVSBalancing
internal import IPVSNetlinkFormat
internal import IPVSProtocol
internal import IPVSText

/// A dump in progress, sent page by page.
struct Dump: Sendable {
  /// The table being dumped, and the next entry.
  enum Content: Sendable {
    case families(next: Int)
    case policies(PolicyRows, next: Int)
    case services(ServiceCursor)

    /// An empty dump if the request named no service.
    case servers(of: ServiceKey?, position: Int)

    case daemons(next: Int)
    case connections(ConnectionCursor, isBegun: Bool)
    case totals(isWritten: Bool)
  }

  /// The size limit of a page in bytes (net/netlink/af_netlink.c, `netlink_recvmsg`).
  static let pageLength = 32 << 10

  /// The longest connection row in bytes: IPv6, with persistence engine data.
  private static let longestRow = 480

  private var content: Content

  /// The header of the request.
  private let request: MessageHeader

  init(_ content: Content, for request: MessageHeader) {
    self.content = content
    self.request = request
  }

  /// Writes the next page.
  ///
  /// - Returns: False if nothing is left.
  mutating func fillPage(
    from balancer: borrowing Balancer, into writer: inout MessageWriter
  ) -> Bool {
    switch content {
    case .families(var next):
      while next < Family.all.count, write(Family.all[next], &writer) { next += 1 }
      content = .families(next: next)
    case .policies(let rows, var next):
      while next < rows.all.count, write(rows, next, &writer) { next += 1 }
      content = .policies(rows, next: next)
    case .services(var cursor):
      _ = balancer.forEachService(from: &cursor) { service in
        fits(&writer) { page in
          page.message(.newService, to: request, flags: .multipart) { $0.write(service) }
        }
      }
      content = .services(cursor)
    case .servers(let service, var position):
      guard let service else { return false }
      _ = balancer.forEachServer(of: service, from: &position) { server in
        fits(&writer) { page in
          page.message(.newServer, to: request, flags: .multipart) { $0.write(server) }
        }
      }
      content = .servers(of: service, position: position)
    case .daemons(var next):
      while next < DaemonRole.allCases.count {
        write(DaemonRole.allCases[next], of: balancer, &writer)
        next += 1
      }
      content = .daemons(next: next)
    case .connections(var cursor, let isBegun):
      write(&cursor, isBegun, of: balancer, &writer)
      content = .connections(cursor, isBegun: true)
    case .totals(let isWritten):
      if !isWritten { write(totals: balancer.totals, &writer) }
      content = .totals(isWritten: true)
    }
    return writer.count > 0
  }

  /// Writes the message that ends the dump.
  func end(_ writer: inout MessageWriter) {
    writer.message(
      MessageHeader(
        length: 0, type: ReservedType.done.rawValue, flags: .multipart, sequence: request.sequence,
        port: request.port),
      number: 0, copying: RawSpan())
  }

  /// Writes a message if the page has room for it.
  private func fits(_ writer: inout MessageWriter, _ write: (inout MessageWriter) -> Void) -> Bool {
    let before = writer.count
    write(&writer)
    guard writer.count > Self.pageLength else { return true }
    writer.truncate(to: before)
    return false
  }

  private func write(_ family: Family, _ writer: inout MessageWriter) -> Bool {
    fits(&writer) { $0.write(family, to: request, flags: .multipart) }
  }

  private func write(_ rows: PolicyRows, _ next: Int, _ writer: inout MessageWriter) -> Bool {
    fits(&writer) { $0.write(rows.all[next], of: rows.family, to: request) }
  }

  private func write(
    _ role: DaemonRole, of balancer: borrowing Balancer, _ writer: inout MessageWriter
  ) {
    guard let daemon = balancer.daemon(role) else { return }
    writer.message(.newDaemon, to: request, flags: .multipart) { $0.write(role, daemon) }
  }

  private func write(totals: TrafficReport, _ writer: inout MessageWriter) {
    writer.message(
      type: request.type, flags: .multipart, sequence: request.sequence, port: request.port,
      command: EngineFamily.Command.getTotals.rawValue, version: EngineFamily.version
    ) { $0.write(totals, wide: EngineFamily.Part.totals.rawValue) }
  }

  /// Writes connection rows, as many as certainly fit.
  private func write(
    _ cursor: inout ConnectionCursor, _ isBegun: Bool, of balancer: borrowing Balancer,
    _ writer: inout MessageWriter
  ) {
    let headers = MessageHeader.length + GenericHeader.length + Attribute.headerLength
    let room = Self.pageLength - headers
    var text = TextBuffer(capacity: room)
    var mayHaveMore = true
    while mayHaveMore, text.count <= room - 2 * Self.longestRow {
      let limit = (room - text.count) / Self.longestRow - 1
      mayHaveMore = balancer.connectionRows(from: &cursor, limit: limit, into: &text)
    }
    // The first line is the heading.
    let heading = isBegun ? 0 : text.bytes.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    guard text.count > heading else { return }
    writer.message(
      type: request.type, flags: .multipart, sequence: request.sequence, port: request.port,
      command: EngineFamily.Command.getConnections.rawValue, version: EngineFamily.version
    ) { $0.attribute(EngineFamily.Part.rows.rawValue, bytes: Array(text.bytes[heading...])) }
  }
}

extension NetlinkServer {
  /// Begins a dump and builds its first page at once, as the kernel does: later requests of the datagram
  /// show on later pages only (net/netlink/af_netlink.c, `__netlink_dump_start`).
  ///
  /// - Throws: EBUSY if another dump is in progress; the errors of a policy dump.
  mutating func beginDump(
    _ message: RawSpan, _ header: MessageHeader, _ command: UInt8,
    _ session: inout NetlinkSession
  ) throws(KernelError) {
    guard session.dump == nil else { throw .busy }
    session.dump = Dump(try Self.content(message, header.type, command), for: header)
    if let page = nextPage(&session) { session.append(page) }
  }

  /// The next page of the dump in progress, or its end; nil without a dump.
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
      return command == EngineFamily.Command.getTotals.rawValue
        ? .totals(isWritten: false) : .connections(ConnectionCursor(), isBegun: false)
    }
    switch IPVSFamily.Command(rawValue: command) {
    case .getService: return .services(ServiceCursor())
    case .getDaemon: return .daemons(next: 0)
    default: return .servers(of: service(message), position: 0)
    }
  }

  /// The service that the request names, or nil if it names none or is malformed.
  private static func service(_ message: RawSpan) -> ServiceKey? {
    do throws(KernelError) {
      let top = try Attributes<IPVSFamily.Part>(message, in: attributes(message))
      return try ServiceRequest(message, top).key
    } catch {
      return nil
    }
  }
}
