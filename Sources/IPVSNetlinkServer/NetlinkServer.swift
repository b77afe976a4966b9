public import IPVSBalancing
internal import IPVSNetlinkFormat
internal import IPVSProtocol

/// What the answerer must know of the machine that it speaks for.
public typealias HostInfo = AddressKinds & Interfaces & Sendable

/// The kernel's end of generic netlink sockets: takes datagrams with requests, and gives back the
/// datagrams that the kernel would send.
///
/// It knows the families `nlctrl`, `IPVS`, and `IPVS_ENGINE` (`EngineFamily`). What it answers is true
/// of the time up to which its balancer has come.
public struct NetlinkServer: ~Copyable {
  public var balancer: Balancer
  public var hostInfo: any HostInfo

  /// Where answers are made.
  var writer = MessageWriter(capacity: Dump.pageLength)

  public init(
    _ balancer: consuming Balancer, in hostInfo: any HostInfo = HostNetwork()
  ) {
    self.balancer = balancer
    self.hostInfo = hostInfo
  }

  /// Carries out the requests in a datagram, in their order. What they are answered is then to be had
  /// from `nextDatagram`, and is to be taken before the next datagram comes, or it piles up.
  public mutating func answer(
    _ datagram: RawSpan, for session: inout NetlinkSession
  ) {
    var offset = 0
    while let request = IncomingMessage(datagram, at: offset) {
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
  }

  /// The next datagram for a client, at most 32 KiB of whole messages; nil if it has had everything.
  public mutating func nextDatagram(_ session: inout NetlinkSession) -> [UInt8]? {
    session.nextReply() ?? nextPage(&session)
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

  /// Says what became of a request: errors come with the whole of it, success with its header
  /// (`netlink_ack`).
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
