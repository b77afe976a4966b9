// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSMessages
internal import IPVSNetlinkFormat
internal import IPVSProtocol
public import IPVSRules
public import IPVSSockets

/// A load balancer with IPVS: reads its table and changes it.
///
/// A director has one socket for its whole life. The table is that of the network namespace of the
/// process; the kernel asks for CAP_NET_ADMIN in the initial user namespace.
///
///     var director = try Director()
///     if let web = Endpoint("202.103.106.5:80") {
///       try director.apply(.addService(VirtualService(.endpoint(.tcp, web))))
///     }
///     for listed in try director.snapshot().services { print(listed.service) }
public struct Director: ~Copyable {
  /// The bytes of a socket's receive buffer that a refusal takes, with the request that it quotes and
  /// the kernel's own records: 768 (277 fit the usual buffer of 212,992), or this where the request is
  /// long.
  static let refusalRoom = 1280

  /// The most changes in a batch for an engine.
  static let stepOfEngines = 250

  /// How often a table is read that changes, or breaks off, while it is read.
  static let attempts = 5

  /// How many datagrams in a row may belong to no request that is waited for, such as the rest of a
  /// dump that was given up, before the socket counts as malformed.
  static let mostStrays = 100_000

  /// The most bytes of answers to one datagram, counted with some more for each message. A table of
  /// three million servers has fewer; more is taken for an endless answer.
  var mostBytes = 1 << 30

  let peer: NetlinkPeer
  let patience: UInt32
  var socket: NetlinkSocket
  let family: UInt16

  /// The sequence number of the next request. It continues when the socket is replaced, so that answers
  /// to the old one are never taken for answers to the new one.
  var nextSequence: UInt32
  var writer = MessageWriter(capacity: 1 << 10)

  /// Where connections are read from.
  package var connectionSource: ConnectionSource

  /// Answers that came while those to earlier changes were taken.
  var earlyAnswers = Outcomes()

  /// Connects to a director. Where the kernel's IPVS is a module that is not loaded, it is loaded with
  /// modprobe(8).
  ///
  /// - Parameters:
  ///   - peer: the kernel, an engine, or an object of this process.
  ///   - patience: how long an answer may take, in milliseconds.
  ///   - loadingModule: whether a kernel's IPVS that is not there may be loaded.
  /// - Throws: `ipvsAbsent` or `unreachable`.
  public init(
    _ peer: NetlinkPeer = .kernel, patience: UInt32 = 10_000, loadingModule: Bool = true
  ) throws(DirectorError) {
    let opened = try Self.open(peer, patience)
    family = try Self.resolve(opened, peer, loadingModule)
    nextSequence = opened.nextSequence()
    socket = opened
    self.peer = peer
    self.patience = patience
    connectionSource = peer.isKernel ? .file(Self.kernelConnections) : .peer
  }

  static func open(
    _ peer: NetlinkPeer, _ patience: UInt32
  ) throws(DirectorError) -> NetlinkSocket {
    do { return try NetlinkSocket(peer, patience: patience) } catch { throw .unreachable(error) }
  }

  private static func resolve(
    _ socket: borrowing NetlinkSocket, _ peer: NetlinkPeer, _ loadingModule: Bool
  ) throws(DirectorError) -> UInt16 {
    // The kernel loads the module by itself when it is asked for a family that it does not have.
    if !loadingModule, peer.isKernel, !ModuleLoader.isPresent { throw .ipvsAbsent(loader: nil) }
    do {
      return try socket.number(ofFamily: IPVSFamily.name)
    } catch {
      guard error == .familyAbsent else { throw .unreachable(error) }
      guard peer.isKernel, loadingModule else { throw .ipvsAbsent(loader: nil) }
    }
    let loader = ModuleLoader.load("ip_vs")
    guard loader.succeeded else { throw .ipvsAbsent(loader: loader.output) }
    do {
      return try socket.number(ofFamily: IPVSFamily.name)
    } catch {
      throw error == .familyAbsent ? .ipvsAbsent(loader: loader.output) : .unreachable(error)
    }
  }

  /// The version and the size of the director's IPVS.
  public mutating func info() throws(DirectorError) -> KernelInfo {
    try ask(.info) { payload throws(NetlinkFormatError) in try InfoMessage.read(payload) }
  }

  /// The timeouts of connections.
  public mutating func timeouts() throws(DirectorError) -> Timeouts {
    try ask(.timeouts) { payload throws(NetlinkFormatError) in try TimeoutsMessage.read(payload) }
  }

  /// One service with its servers.
  ///
  /// - Throws: `refused(errno: ESRCH)` where there is no such service.
  public mutating func service(
    _ identity: ServiceIdentity
  ) throws(DirectorError) -> ListedService {
    var service = try ask(.service(identity)) { payload throws(NetlinkFormatError) in
      try ServiceMessage.read(payload)
    }
    service.servers = try servers(of: identity)
    return service
  }

  /// The sync daemons that run, the master first.
  public mutating func daemons() throws(DirectorError) -> [SyncDaemon] {
    try dump(.daemons) { payload throws(NetlinkFormatError) in try DaemonMessage.read(payload) }
  }

  /// All services with all their servers.
  ///
  /// The services, and the servers of each service, are read in a request each. A change that someone
  /// makes between two of them is seen in part.
  public mutating func snapshot() throws(DirectorError) -> Snapshot {
    let info = try info()
    var services = try services()
    for index in services.indices {
      services[index].servers = try servers(of: services[index].service.identity)
    }
    return Snapshot(kernel: info, services: services)
  }

  /// All services, with the servers of those that a filter selects by themselves.
  ///
  /// The others have no servers here, as they are not read; `Snapshot.selecting` leaves them out.
  public mutating func snapshot(of filter: ListingFilter) throws(DirectorError) -> Snapshot {
    let info = try info()
    var services = try services()
    for index in services.indices where filter.selects(services[index].service) {
      services[index].servers = try servers(of: services[index].service.identity)
    }
    return Snapshot(kernel: info, services: services)
  }

  /// The rules of the director, with its timeouts and sync daemons: the start of a plan
  /// (`RuleSet.changes(to:)`).
  public mutating func ruleSet() throws(DirectorError) -> RuleSet {
    var rules = RuleSet()
    for listed in try services() {
      let identity = listed.service.identity
      let servers = try dump(.servers(of: identity)) { payload throws(NetlinkFormatError) in
        try ServerMessage.read(
          payload, ofServiceIn: identity.family, countingTraffic: false
        ).server
      }
      // The kernel lists the last one added first.
      rules.set(RuleSet.Service(listed.service, servers: servers.reversed()))
    }
    rules.timeouts = try timeouts()
    rules.daemons = try daemons()
    return rules
  }

  /// All services, without their servers.
  public mutating func services() throws(DirectorError) -> [ListedService] {
    try dump(.allServices) { payload throws(NetlinkFormatError) in try ServiceMessage.read(payload)
    }
  }

  /// The servers of a service, the last one added first. Empty also where there is no such service, as
  /// the kernel does not report that.
  public mutating func servers(
    of identity: ServiceIdentity
  ) throws(DirectorError) -> [ListedServer] {
    try dump(.servers(of: identity)) { payload throws(NetlinkFormatError) in
      try ServerMessage.read(payload, ofServiceIn: identity.family)
    }
  }
}
