internal import Glibc
internal import IPVSMessages
internal import IPVSNetlinkFormat
internal import IPVSProtocol
public import IPVSRules
public import IPVSSockets

/// A machine that balances: whoever holds a director asks its IPVS for the rules and changes them.
///
/// One socket serves it for as long as it lives. The rules are those of the network namespace that
/// the process is in; asking takes CAP_NET_ADMIN in the initial user namespace.
///
///     var director = try Director()
///     let web = VirtualService(.endpoint(.tcp, Endpoint(.v4(vip), port: 80)))
///     try director.apply(.addService(web))
///     for listed in try director.snapshot().services { print(listed.service.scheduler) }
public struct Director: ~Copyable {
  /// What a refusal takes of a socket's room, the request that it holds and the kernel's own records
  /// included: 768 bytes (277 fit the usual room of 212,992), or this where the request is long.
  static let refusalRoom = 1280

  /// The most changes in a batch for an engine.
  static let stepOfEngines = 250

  /// How often a table is read again that changed, or broke off, while it was read.
  static let attempts = 5

  /// How many datagrams in a row may be about no request of ours, such as the rest of a dump that
  /// was given up, before what comes is taken for noise.
  static let mostStrays = 100_000

  /// The most bytes of answers to one datagram, counted with some more for each message. A table of
  /// three million servers has fewer; what goes on beyond that has no end.
  var mostBytes = 1 << 30

  let peer: NetlinkPeer
  let patience: UInt32
  var socket: NetlinkSocket
  let family: UInt16

  /// The number of the next request. It goes on where a socket is replaced, so that answers to the
  /// old one are never taken for answers to the new one.
  var nextSequence: UInt32
  var writer = MessageWriter(capacity: 1 << 10)

  /// Answers that came before it was their turn to be taken.
  var earlyAnswers = Outcomes()

  /// Opens the way to a director.
  ///
  /// Where the kernel's IPVS is a module that is not loaded, it is loaded with modprobe(8).
  ///
  /// - Parameters:
  ///   - door: where requests go.
  ///   - patience: how long an answer may take, in milliseconds.
  public init(_ peer: NetlinkPeer = .kernel, patience: UInt32 = 10_000) throws(DirectorError) {
    let opened = try Self.open(peer, patience)
    family = try Self.resolve(opened, peer)
    nextSequence = opened.nextSequence()
    socket = opened
    self.peer = peer
    self.patience = patience
  }

  static func open(
    _ peer: NetlinkPeer, _ patience: UInt32
  ) throws(DirectorError) -> NetlinkSocket {
    do { return try NetlinkSocket(peer, patience: patience) } catch { throw .unreachable(error) }
  }

  private static func resolve(
    _ socket: borrowing NetlinkSocket, _ peer: NetlinkPeer
  ) throws(DirectorError) -> UInt16 {
    do {
      return try socket.number(ofFamily: IPVSFamily.name)
    } catch {
      guard error == .familyAbsent else { throw .unreachable(error) }
      guard case .kernel = peer else { throw .ipvsAbsent(loader: nil) }
    }
    let loader = ModuleLoader.load("ip_vs")
    guard loader.succeeded else { throw .ipvsAbsent(loader: loader.output) }
    do {
      return try socket.number(ofFamily: IPVSFamily.name)
    } catch {
      throw error == .familyAbsent ? .ipvsAbsent(loader: loader.output) : .unreachable(error)
    }
  }

  /// What the kernel says of its IPVS.
  public mutating func info() throws(DirectorError) -> KernelInfo {
    try ask(.info) { payload throws(NetlinkFormatError) in try InfoMessage.read(payload) }
  }

  /// The timeouts of connections.
  public mutating func timeouts() throws(DirectorError) -> Timeouts {
    try ask(.timeouts) { payload throws(NetlinkFormatError) in try TimeoutsMessage.read(payload) }
  }

  /// One service with its servers. ESRCH: there is none.
  public mutating func service(
    _ identity: ServiceIdentity
  ) throws(DirectorError) -> ListedService {
    var service = try ask(.service(identity)) { payload throws(NetlinkFormatError) in
      try ServiceMessage.read(payload)
    }
    service.servers = try servers(of: identity)
    return service
  }

  /// The sync daemons that run: the master first.
  public mutating func daemons() throws(DirectorError) -> [SyncDaemon] {
    try dump(.daemons) { payload throws(NetlinkFormatError) in try DaemonMessage.read(payload) }
  }

  /// All services with all their servers.
  ///
  /// Every dump in it is whole. The kernel locks the table for one request at a time, so that a
  /// change between two of them is seen in part.
  public mutating func snapshot() throws(DirectorError) -> Snapshot {
    let info = try info()
    var services = try services()
    for index in services.indices {
      services[index].servers = try servers(of: services[index].service.identity)
    }
    return Snapshot(kernel: info, services: services)
  }

  /// All services, without their servers.
  public mutating func services() throws(DirectorError) -> [ListedService] {
    try dump(.allServices) { payload throws(NetlinkFormatError) in try ServiceMessage.read(payload)
    }
  }

  /// The servers of a service, the last one added first. Empty also where there is no such service:
  /// the kernel does not tell that apart.
  public mutating func servers(
    of identity: ServiceIdentity
  ) throws(DirectorError) -> [ListedServer] {
    try dump(.servers(of: identity)) { payload throws(NetlinkFormatError) in
      try ServerMessage.read(payload, ofServiceIn: identity.family)
    }
  }
}
