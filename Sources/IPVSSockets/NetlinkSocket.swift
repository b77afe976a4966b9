// SPDX-License-Identifier: Apache-2.0

internal import CIPVSNetlink
internal import Glibc
internal import IPVSSystem
internal import IPVSText

/// A part of the kernel that netlink sockets speak to (netlink(7), `NETLINK_*`).
public enum NetlinkProtocol: Int32, Sendable {
  /// Links, addresses, routes, and neighbours (rtnetlink(7)).
  case route = 0

  /// nftables and conntrack (`NETLINK_NETFILTER`).
  case netfilter = 12

  /// Families that have names, such as IPVS. An engine speaks no other.
  case generic = 16
}

/// A netlink socket, through libnl.
///
/// One is enough for a whole process: a datagram may hold many requests, which have different sequence
/// numbers. It is closed when it goes out of scope.
public struct NetlinkSocket: ~Copyable {
  private let socket: OpaquePointer
  private let link: TransportLink?

  /// Opens a socket.
  ///
  /// - Parameters:
  ///   - peer: The other end. A transport carries whatever protocol its object speaks.
  ///   - netlinkProtocol: The part of the kernel that is spoken to.
  ///   - patience: How long the other end may take for an answer, in milliseconds.
  /// - Throws: `refused(errno: EPROTONOSUPPORT)` for another protocol than `generic` of an engine.
  public init(
    _ peer: NetlinkPeer, _ netlinkProtocol: NetlinkProtocol = .generic, patience: UInt32 = 10_000
  ) throws(SocketError) {
    guard case .kernelOf(let namespace) = peer else {
      (socket, link) = try Self.open(peer, netlinkProtocol, patience)
      return
    }
    let opened: Result<(OpaquePointer, TransportLink?), SocketError>
    do throws(SystemError) {
      opened = try NetworkNamespace.within(ByteString(namespace)) { () throws(SocketError) in
        try Self.open(.kernel, netlinkProtocol, patience)
      }
    } catch {
      throw .refused(errno: error.errno)
    }
    (socket, link) = try opened.get()
  }

  private static func open(
    _ peer: NetlinkPeer, _ netlinkProtocol: NetlinkProtocol, _ patience: UInt32
  ) throws(SocketError) -> (OpaquePointer, TransportLink?) {
    if case .engine = peer, netlinkProtocol != .generic {
      throw .refused(errno: EPROTONOSUPPORT)
    }
    let transport: (any Transport)? =
      switch peer {
      case .kernel, .kernelOf: nil
      case .engine(let path): try UnixTransport(path: path, patience: patience)
      case .transport(let transport): transport
      }
    let link = transport.map { TransportLink($0) }
    var opened: OpaquePointer?
    let result =
      if let link { ipvs_socket_open_transport(&opened, link.functions) } else {
        ipvs_socket_open(&opened, netlinkProtocol.rawValue, patience)
      }
    guard result == 0, let opened else { throw SocketError(errno: -result) }
    return (opened, link)
  }

  deinit {
    ipvs_socket_close(socket)
  }

  /// Sets how long `receive` waits for a datagram from now on.
  ///
  /// - Parameter milliseconds: 0 for no wait.
  public func limitWait(to milliseconds: UInt32) {
    if let link {
      link.limitWait(to: milliseconds)
    } else {
      ipvs_socket_limit_wait(socket, milliseconds)
    }
  }

  /// The port that requests are sent from, for their headers.
  public var port: UInt32 { ipvs_socket_port(socket) }

  /// How many bytes of answers the kernel keeps until they are read, as it counts them; nil if the other
  /// end is not the kernel.
  public var room: Int? { link == nil ? Int(ipvs_socket_room(socket)) : nil }

  /// The number of a family such as `IPVS`, which the kernel assigns when the module is loaded.
  ///
  /// - Throws: `familyAbsent` where the other end does not have it.
  public func number(ofFamily name: String) throws(SocketError) -> UInt16 {
    var number: UInt16 = 0
    let result = ipvs_socket_resolve(socket, name, &number)
    if result == -ENOENT { throw .familyAbsent }
    if result < 0 { throw SocketError(errno: -result) }
    return number
  }

  /// A sequence number that no earlier request of this socket had.
  public func nextSequence() -> UInt32 {
    ipvs_socket_sequence(socket)
  }

  /// Sends one datagram, which may hold several requests.
  public func send(_ datagram: [UInt8]) throws(SocketError) {
    try send(datagram.span.bytes)
  }

  /// Sends one datagram, which may hold several requests.
  public func send(_ datagram: RawSpan) throws(SocketError) {
    let result = datagram.withUnsafeBytes { bytes in
      ipvs_socket_send(socket, bytes.baseAddress, bytes.count)
    }
    if result < 0 { throw SocketError(errno: -result) }
  }

  /// Receives one datagram and hands each message in it to `body`, with the sequence number of the
  /// request that it answers.
  public func receive(
    _ body: (_ event: Event, _ sequence: UInt32, _ payload: RawSpan) -> Void
  ) throws(SocketError) {
    // The compiler's check that the closure did not escape holds the length of the path of this file, whatever
    // paths are mapped to: with its real one, no build would be like that in another folder.
    #sourceLocation(file:"NetlinkSocket.receive",line:115)
    let result = withoutActuallyEscaping(body) { body in
      let delivery = Delivery(body)
      return withExtendedLifetime(delivery) {
        ipvs_socket_receive(
          socket, Delivery.function, Unmanaged.passUnretained(delivery).toOpaque())
      }
    }
    #sourceLocation()
    if result < 0 { throw SocketError(errno: -result) }
  }

  /// What a message says about the request that it answers.
  public enum Event: Hashable, Sendable {
    /// An answer, or an entry of a dump, in the payload.
    case reply

    /// The request was carried out (NLMSG_ERROR without an error).
    case acknowledged

    /// The request was refused (NLMSG_ERROR).
    case refused(errno: Int32)

    /// The end of a dump. An errno other than 0 ended it before its time.
    case done(errno: Int32)

    /// The table changed while it was dumped, so that the dump may lack entries or hold some twice.
    case interrupted
  }
}

/// A closure that is passed through C.
private final class Delivery {
  typealias Body = (NetlinkSocket.Event, UInt32, RawSpan) -> Void

  private let body: Body

  init(_ body: @escaping Body) {
    self.body = body
  }

  static let function: ipvs_deliver = { context, event, sequence, payload, length, error in
    guard let context else { return }
    let delivery = Unmanaged<Delivery>.fromOpaque(context).takeUnretainedValue()
    let bytes = UnsafeRawBufferPointer(start: payload, count: length)
    let kind: NetlinkSocket.Event =
      switch event {
      case IPVS_ACKNOWLEDGED: .acknowledged
      case IPVS_REFUSED: .refused(errno: error)
      case IPVS_DONE: .done(errno: error)
      case IPVS_INTERRUPTED: .interrupted
      default: .reply
      }
    delivery.body(kind, sequence, bytes.bytes)
  }
}
