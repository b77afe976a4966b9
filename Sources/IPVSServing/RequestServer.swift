// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Serves all clients of a socket. None can harm another: one that does not read its answers waits
/// alone, and one that sends more than a datagram may hold is disconnected.
public struct RequestServer<NetlinkSession>: ~Copyable {
  /// The most bytes of a datagram.
  public static var largestDatagram: Int { 1 << 20 }

  /// The most connections that are accepted, or refused, for one poll event.
  private static var arrivalsPerEvent: Int { 64 }

  /// For how long no connection is accepted, in milliseconds, when there is no descriptor for it, unless
  /// a client goes meanwhile.
  private static var pause: UInt64 { 100 }

  /// How often the socket's files are looked for, in milliseconds.
  private static var lookInterval: UInt64 { 1000 }

  private var listener: Listener
  private var clients: [Client<NetlinkSession>] = []
  private var buffer = [UInt8](repeating: 0, count: Self.largestDatagram)

  private let mostClients: Int

  /// The index of the listener in the present poll set, nil while it is not in it, and the index of the
  /// first client.
  private var listenerIndex: Int?
  private var firstIndex = 0

  /// When connections may be accepted again, in milliseconds.
  private var reopening: UInt64 = 0

  /// When the socket's files are looked for next, in milliseconds.
  private var nextLook: UInt64 = 0

  /// - Parameter mostClients: How many are served at a time. One more gets the refusal of the request
  ///   handler, and is disconnected.
  public init(_ listener: consuming Listener, mostClients: Int) {
    self.listener = listener
    self.mostClients = mostClients
  }

  deinit {
    for client in clients { close(client.descriptor) }
  }

  /// Makes the socket's files anew where they were removed. It looks for them once a second.
  ///
  /// - Parameter now: As for `watch`.
  /// - Throws: `inUse` if another process serves at the path now.
  public mutating func keepSocket(at now: UInt64) throws(ListenerError) {
    guard now >= nextLook else { return }
    nextLook = now + Self.lookInterval
    try listener.restore()
  }

  /// Adds the descriptors to wait for.
  ///
  /// - Parameter now: The time of any clock, in milliseconds, that does not go back.
  public mutating func watch(into set: inout PollSet, at now: UInt64) {
    listenerIndex = nil
    if now >= reopening {
      listenerIndex = set.count
      set.add(listener.descriptor)
    }
    firstIndex = set.count
    for client in clients { set.add(client.descriptor, client.events) }
  }

  /// Handles the events that poll(2) found.
  public mutating func handleEvents(
    _ set: PollSet, at now: UInt64, _ netlinkServer: some RequestHandler<NetlinkSession>
  ) {
    // From the last to the first, so that a removal leaves the indices of the others.
    for index in clients.indices.reversed() {
      let found = set.events(at: firstIndex + index)
      guard found != 0, !clients[index].handle(found, &buffer, netlinkServer) else { continue }
      close(clients[index].descriptor)
      clients.remove(at: index)
      reopening = 0
    }
    if let listenerIndex, set.isReady(at: listenerIndex) { accept(at: now, netlinkServer) }
  }

  private mutating func accept(
    at now: UInt64, _ netlinkServer: some RequestHandler<NetlinkSession>
  ) {
    for _ in 0..<Self.arrivalsPerEvent {
      switch listener.next() {
      case .client(let descriptor) where clients.count < mostClients:
        clients.append(Client(descriptor, netlinkServer.begin()))
      case .client(let descriptor):
        let refusal = netlinkServer.refusal()
        _ = send(descriptor, refusal, refusal.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        close(descriptor)
      case .stranger: continue
      case .none: return
      case .noRoom(let errno):
        netlinkServer.cannotAccept(errno: errno)
        reopening = now + Self.pause
        return
      }
    }
  }
}
