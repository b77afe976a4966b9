public import IPVSBalancing
internal import IPVSNetlinkFormat

/// What the answerer must know of the machine that it speaks for.
public typealias Surroundings = AddressKinds & Interfaces & Sendable

/// The kernel's end of generic netlink sockets: takes datagrams with requests, and gives back the
/// datagrams that the kernel would send.
///
/// It knows the families `nlctrl`, `IPVS`, and `IPVS_ENGINE` (`EngineFamily`). What it answers is true
/// of the time up to which its balancer has come.
public struct Answerer: ~Copyable {
  public var balancer: Balancer
  public var surroundings: any Surroundings

  /// Where answers are made.
  var writer = MessageWriter(capacity: Dump.pageLength)

  public init(
    _ balancer: consuming Balancer, in surroundings: any Surroundings = PlainSurroundings()
  ) {
    self.balancer = balancer
    self.surroundings = surroundings
  }

  /// Carries out the requests in a datagram, in their order. What they are answered is then to be had
  /// from `nextDatagram`, and is to be taken before the next datagram comes, or it piles up.
  public mutating func answer(
    _ datagram: RawSpan, for conversation: inout Conversation
  ) {
    var offset = 0
    while let request = IncomingMessage(datagram, at: offset) {
      let message = datagram.extracting(request.range)
      do {
        let isDumped = try carryOut(message, request, &conversation)
        if !isDumped, request.header.flags.contains(.acknowledge) {
          acknowledge(message, request, 0, &conversation)
        }
      } catch {
        acknowledge(message, request, error.errno, &conversation)
      }
      offset = request.end
    }
  }

  /// The next datagram for a client, at most 32 KiB of whole messages; nil if it has had everything.
  public mutating func nextDatagram(_ conversation: inout Conversation) -> [UInt8]? {
    conversation.nextReply() ?? nextPage(&conversation)
  }

  /// Queues one answer, a datagram of its own.
  mutating func reply(
    to request: MessageHeader, _ conversation: inout Conversation,
    _ write: (inout MessageWriter, MessageHeader) -> Void
  ) {
    writer.removeAll()
    write(&writer, request)
    conversation.append(writer.bytes)
  }

  /// Says what became of a request: errors come with the whole of it, success with its header
  /// (`netlink_ack`).
  private mutating func acknowledge(
    _ message: RawSpan, _ request: IncomingMessage, _ errno: Int32,
    _ conversation: inout Conversation
  ) {
    let header = request.header
    let echo = errno == 0 ? message.extracting(first: MessageHeader.length) : message
    writer.removeAll()
    writer.message(
      MessageHeader(
        length: 0, type: ReservedType.error.rawValue, flags: errno == 0 ? .capped : [],
        sequence: header.sequence, port: header.port),
      number: -errno, copying: echo)
    conversation.append(writer.bytes)
  }
}
