// SPDX-License-Identifier: Apache-2.0

public import IPVSBalancing
internal import IPVSNetlinkFormat
internal import IPVSProtocol

/// What the server must know of the machine that it answers for.
public typealias HostInfo = AddressKinds & Interfaces & Sendable

/// The kernel's end of generic netlink sockets: takes datagrams with requests, and gives back the
/// datagrams that the kernel would send.
///
/// It knows the families `nlctrl`, `IPVS`, and `IPVS_ENGINE` (`EngineFamily`). What it answers is true
/// of the time up to which its balancer has come.
public struct NetlinkServer: ~Copyable {
  /// The balancer whose table requests read and change.
  public var balancer: Balancer

  /// The machine's addresses and interfaces, looked at by requests that name some.
  public var hostInfo: any HostInfo

  /// How many requests to change services, servers, timeouts, or daemons came. The kernel has no such
  /// number.
  var generation: UInt64 = 0

  /// Where answers are made.
  var writer = MessageWriter(capacity: Dump.pageLength)

  /// A server that answers for a balancer.
  ///
  /// - Parameters:
  ///   - balancer: Which belongs to the server from now on.
  ///   - hostInfo: The machine; without it, one that has 127.0.0.0/8 and ::1 only.
  public init(
    _ balancer: consuming Balancer, in hostInfo: any HostInfo = HostNetwork()
  ) {
    self.balancer = balancer
    self.hostInfo = hostInfo
  }

  /// Carries out the requests in a datagram, in their order, until the answers take
  /// `NetlinkSession.mostBytesOfAnswers`. `nextDatagram` gives the answers, and carries out the rest.
  /// All answers must be taken before the next datagram comes.
  public mutating func answer(
    _ datagram: RawSpan, for session: inout NetlinkSession
  ) {
    let end = carryOut(datagram, from: 0, &session)
    guard end < datagram.byteCount else { return }
    let rest = datagram.extracting(end..<datagram.byteCount)
    session.postponed = PostponedRequests(bytes: rest.withUnsafeBytes { Array($0) })
  }

  /// The next datagram for a client, which holds whole messages.
  ///
  /// - Returns: At most 32 KiB, or a refusal with the whole request in it; nil if the client has had
  ///   everything.
  public mutating func nextDatagram(_ session: inout NetlinkSession) -> [UInt8]? {
    while true {
      if let reply = session.nextReply() { return reply }
      guard var postponed = session.postponed.take() else { return nextPage(&session) }
      postponed.offset = carryOut(postponed.bytes.span.bytes, from: postponed.offset, &session)
      if postponed.offset < postponed.bytes.count { session.postponed = postponed }
    }
  }

  /// Carries out requests while the session has room for answers.
  ///
  /// - Returns: The offset of the first request that is left; the end of the datagram if none is.
  private mutating func carryOut(
    _ datagram: RawSpan, from start: Int, _ session: inout NetlinkSession
  ) -> Int {
    var offset = start
    while session.hasRoom {
      guard let request = IncomingMessage(datagram, at: offset) else { return datagram.byteCount }
      let message = datagram.extracting(request.range)
      do {
        let isDumped = try carryOut(message, request, &session)
        if !isDumped, request.header.flags.contains(.acknowledge) {
          acknowledge(message, request, 0, &session)
        }
      } catch {
        acknowledge(message, request, error.errno, &session)
      }
      offset = request.end
    }
    return offset
  }

  /// The datagram for a client beyond `EngineFamily.mostClients`: an error that answers no request.
  public static func refusalOfFullEngine() -> [UInt8] {
    var writer = MessageWriter(capacity: 64)
    let noRequest = [UInt8](repeating: 0, count: MessageHeader.length)
    writer.message(
      MessageHeader(
        length: 0, type: ReservedType.error.rawValue, flags: .capped, sequence: 0, port: 0),
      number: -EngineFamily.fullErrno, copying: noRequest.span.bytes)
    return writer.bytes
  }

  /// Queues one answer, a datagram of its own.
  mutating func reply(
    to request: MessageHeader, _ session: inout NetlinkSession,
    _ write: (inout MessageWriter, MessageHeader) -> Void
  ) {
    writer.removeAll()
    write(&writer, request)
    session.append(writer.bytes)
  }

  /// Answers a request: a refusal holds the whole request, a success its header (`netlink_ack`).
  private mutating func acknowledge(
    _ message: RawSpan, _ request: IncomingMessage, _ errno: Int32,
    _ session: inout NetlinkSession
  ) {
    let header = request.header
    let echo = errno == 0 ? message.extracting(first: MessageHeader.length) : message
    writer.removeAll()
    writer.message(
      MessageHeader(
        length: 0, type: ReservedType.error.rawValue, flags: errno == 0 ? .capped : [],
        sequence: header.sequence, port: header.port),
      number: -errno, copying: echo)
    session.append(writer.bytes)
  }
}
