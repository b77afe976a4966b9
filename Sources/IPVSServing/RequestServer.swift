internal import Glibc

/// Serves all clients of a socket, none of whom can harm another: one who stalls waits alone, one who
/// dies is forgotten, and one who sends more than a datagram can hold is shown out.
public struct RequestServer<NetlinkSession>: ~Copyable {
  /// The most bytes of a datagram.
  public static var largestDatagram: Int { 1 << 20 }

  /// The most clients at a time; others wait until one leaves.
  public static var mostClients: Int { 1000 }

  /// For how long nobody is let in, in milliseconds, when there is no room for more descriptors.
  private static var pause: UInt64 { 100 }

  private let listener: Listener
  private var clients: [Client<NetlinkSession>] = []
  private var buffer = [UInt8](repeating: 0, count: Self.largestDatagram)

  /// Where in the set of this turn the listener is, if it is, and where the clients begin.
  private var listenerPlace: Int?
  private var firstPlace = 0

  /// When somebody may be let in again, in milliseconds.
  private var reopening: UInt64 = 0

  public init(_ listener: consuming Listener) {
    self.listener = listener
  }

  deinit {
    for client in clients { close(client.descriptor) }
  }

  /// Adds what is to be waited for.
  ///
  /// - Parameter now: any clock, in milliseconds, that does not go back.
  public mutating func watch(into set: inout PollSet, at now: UInt64) {
    listenerPlace = nil
    if clients.count < Self.mostClients, now >= reopening {
      listenerPlace = set.count
      set.add(listener.descriptor)
    }
    firstPlace = set.count
    for client in clients { set.add(client.descriptor, client.events) }
  }

  /// Gives those their turn for whom something was found.
  public mutating func turn(
    _ set: PollSet, at now: UInt64, _ netlinkServer: some RequestHandler<NetlinkSession>
  ) {
    // From the last to the first: those who leave do not move those who are still to come.
    for index in clients.indices.reversed() {
      let found = set.found(firstPlace + index)
      guard found != 0, !clients[index].turn(found, &buffer, netlinkServer) else { continue }
      close(clients[index].descriptor)
      clients.remove(at: index)
      reopening = 0
    }
    if let listenerPlace, set.isReady(listenerPlace) { letIn(at: now, netlinkServer) }
  }

  private mutating func letIn(at now: UInt64, _ netlinkServer: some RequestHandler<NetlinkSession>)
  {
    while clients.count < Self.mostClients {
      switch listener.next() {
      case .client(let descriptor): clients.append(Client(descriptor, netlinkServer.begin()))
      case .stranger: continue
      case .nobody: return
      case .noRoom:
        reopening = now + Self.pause
        return
      }
    }
  }
}
