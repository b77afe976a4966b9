internal import Glibc
internal import IPVSMessages
internal import IPVSNetlinkFormat
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
  /// The most requests in one datagram. So many errors, or acknowledgements, fit the receive buffer
  /// that a socket has where it may not be enlarged.
  static let largestBatch = 250

  /// The most bytes in one datagram of changes.
  static let batchBytes = 64 << 10

  /// How often a table is read again that changed, or broke off, while it was read.
  static let attempts = 5

  private let door: Door
  private let patience: UInt32
  private var socket: NetlinkSocket
  private let family: UInt16
  private var writer = MessageWriter(capacity: 1 << 10)

  /// Opens the way to a director.
  ///
  /// Where the kernel's IPVS is a module that is not loaded, it is loaded with modprobe(8).
  ///
  /// - Parameters:
  ///   - door: where requests go.
  ///   - patience: how long an answer may take, in milliseconds.
  public init(_ door: Door = .kernel, patience: UInt32 = 10_000) throws(DirectorError) {
    let opened = try Self.open(door, patience)
    family = try Self.resolve(opened, door)
    socket = opened
    self.door = door
    self.patience = patience
  }

  private static func open(
    _ door: Door, _ patience: UInt32
  ) throws(DirectorError) -> NetlinkSocket {
    do { return try NetlinkSocket(door, patience: patience) } catch { throw .unreachable(error) }
  }

  private static func resolve(
    _ socket: borrowing NetlinkSocket, _ door: Door
  ) throws(DirectorError) -> UInt16 {
    do {
      return try socket.number(ofFamily: IPVSFamily.name)
    } catch {
      guard error == .familyAbsent else { throw .unreachable(error) }
      guard case .kernel = door else { throw .ipvsAbsent(loader: nil) }
    }
    let loader = ModuleLoader.load("ip_vs")
    guard loader.succeeded else { throw .ipvsAbsent(loader: loader.output) }
    do {
      return try socket.number(ofFamily: IPVSFamily.name)
    } catch {
      throw error == .familyAbsent ? .ipvsAbsent(loader: loader.output) : .unreachable(error)
    }
  }

  /// Carries one change out.
  public mutating func apply(_ change: Change) throws(DirectorError) {
    if let refusal = try apply([change]).first { throw .refused(errno: refusal.errno) }
  }

  /// Carries changes out in their order. One that is refused does not keep the next from being
  /// carried out.
  ///
  /// - Returns: the changes that were refused, in order.
  /// - Throws: `socket` where answers are missing; the changes may or may not have been made.
  public mutating func apply(_ changes: [Change]) throws(DirectorError) -> [Refusal] {
    var refusals: [Refusal] = []
    var next = 0
    while next < changes.count {
      next = try applyBatch(of: changes, from: next, &refusals)
    }
    return refusals
  }

  /// Sends as many changes as fit one datagram, and takes the answers.
  private mutating func applyBatch(
    of changes: [Change], from start: Int, _ refusals: inout [Refusal]
  ) throws(DirectorError) -> Int {
    writer.removeAll()
    var numbers: [UInt32] = []
    var next = start
    var isLast = false
    while !isLast {
      let sequence = socket.nextSequence()
      numbers.append(sequence)
      // Success is acknowledged for the last one only; the kernel works in order.
      isLast =
        next + 1 == changes.count || numbers.count == Self.largestBatch
        || writer.bytes.count > Self.batchBytes
      Request.change(changes[next]).write(
        to: &writer, family: family, sequence: sequence, port: socket.port, acknowledged: isLast)
      next += 1
    }
    var found: [Refusal] = []
    var isAnswered = false
    do {
      try socket.send(writer.bytes)
      while !isAnswered {
        try socket.receive { event, sequence, _ in
          guard let place = numbers.position(ofSequence: sequence) else { return }
          if case .refused(let errno) = event {
            found.append(Refusal(index: start + place, errno: errno))
          }
          if place == numbers.count - 1 { isAnswered = true }
        }
      }
    } catch {
      throw .socket(error)
    }
    refusals.append(contentsOf: found)
    return next
  }

  /// What the kernel says of its IPVS.
  public mutating func info() throws(DirectorError) -> KernelInfo {
    try ask(.info) { payload throws(WireError) in try InfoMessage.read(payload) }
  }

  /// The timeouts of connections.
  public mutating func timeouts() throws(DirectorError) -> Timeouts {
    try ask(.timeouts) { payload throws(WireError) in try TimeoutsMessage.read(payload) }
  }

  /// One service with its servers. ESRCH: there is none.
  public mutating func service(
    _ identity: ServiceIdentity
  ) throws(DirectorError) -> ListedService {
    var service = try ask(.service(identity)) { payload throws(WireError) in
      try ServiceMessage.read(payload)
    }
    service.servers = try servers(of: identity)
    return service
  }

  /// The sync daemons that run: the master first.
  public mutating func daemons() throws(DirectorError) -> [SyncDaemon] {
    try dump(.daemons) { payload throws(WireError) in try DaemonMessage.read(payload) }
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
    try dump(.allServices) { payload throws(WireError) in try ServiceMessage.read(payload) }
  }

  /// The servers of a service, the last one added first. Empty also where there is no such service:
  /// the kernel does not tell that apart.
  public mutating func servers(
    of identity: ServiceIdentity
  ) throws(DirectorError) -> [ListedServer] {
    try dump(.servers(of: identity)) { payload throws(WireError) in
      try ServerMessage.read(payload, ofServiceIn: identity.family)
    }
  }

  /// Sends a request that has one reply, and reads it.
  private mutating func ask<Reply>(
    _ request: Request, read: (RawSpan) throws(WireError) -> Reply
  ) throws(DirectorError) -> Reply {
    var outcome: Result<Reply, DirectorError>?
    do {
      let sent = try send(request)
      while outcome == nil {
        try socket.receive { event, sequence, payload in
          guard sequence == sent else { return }
          switch event {
          case .refused(let errno): outcome = .failure(.refused(errno: errno))
          case .reply, .acknowledged, .done:
            outcome = Result { () throws(WireError) in try read(payload) }
              .mapError { .answer($0) }
          }
        }
      }
    } catch {
      throw .socket(error)
    }
    guard let outcome else { throw .socket(.silence) }
    return try outcome.get()
  }

  /// Reads a table whole, again where it does not come whole.
  private mutating func dump<Entry>(
    _ request: Request, read: (RawSpan) throws(WireError) -> Entry
  ) throws(DirectorError) -> [Entry] {
    var attempt = 1
    while true {
      let failure: DirectorError.DumpFailure
      switch try dumpOnce(request, read: read) {
      case .success(let entries): return entries
      case .failure(let reason): failure = reason
      }
      guard attempt < Self.attempts else {
        throw .tableUnreadable(attempts: attempt, last: failure)
      }
      attempt += 1
      // What is left of the broken dump must not be taken for a part of the next.
      socket = try Self.open(door, patience)
    }
  }

  private mutating func dumpOnce<Entry>(
    _ request: Request, read: (RawSpan) throws(WireError) -> Entry
  ) throws(DirectorError) -> Result<[Entry], DirectorError.DumpFailure> {
    var entries: [Entry] = []
    var refusal: Int32?
    var failure: DirectorError.DumpFailure?
    var isDone = false
    do {
      let sent = try send(request)
      while !isDone {
        try socket.receive(dump: true) { event, sequence, payload in
          guard sequence == sent, !isDone else { return }
          switch event {
          case .reply:
            do throws(WireError) {
              entries.append(try read(payload))
            } catch {
              failure = .answer(error)
            }
          case .refused(let errno): refusal = errno
          case .done(let errno) where errno != 0: failure = .ended(errno: errno)
          case .done, .acknowledged: break
          }
          if event != .reply { isDone = true }
        }
      }
    } catch {
      switch error {
      case .interrupted, .overrun, .malformed: return .failure(.socket(error))
      case .refused, .familyAbsent, .silence, .closed: throw .socket(error)
      }
    }
    if let failure { return .failure(failure) }
    if let refusal, entries.isEmpty { throw .refused(errno: refusal) }
    if let refusal { return .failure(.ended(errno: refusal)) }
    return .success(entries)
  }

  private mutating func send(_ request: Request) throws(SocketError) -> UInt32 {
    let sequence = socket.nextSequence()
    writer.removeAll()
    request.write(
      to: &writer, family: family, sequence: sequence, port: socket.port, acknowledged: false)
    try socket.send(writer.bytes)
    return sequence
  }
}

extension [UInt32] {
  /// The place of a number among consecutive ones, which wrap around.
  fileprivate func position(ofSequence number: UInt32) -> Int? {
    guard let first else { return nil }
    let place = Int(number &- first)
    return place < count && self[place] == number ? place : nil
  }
}
