// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses

/// Whether a server takes new connections, by what a listing tells of it.
public enum Occupancy: Hashable, Sendable {
  /// It is certainly not at its upper threshold.
  case open

  /// Between its thresholds: it takes none if it was full before, which no listing tells.
  case doubtful

  /// It has as many connections as its upper threshold.
  case full
}

/// A server as its service's scheduler sees it.
public struct ServerStanding: Hashable, Sendable {
  /// What identifies the server within its service.
  public let key: ServerKey

  /// The weight; 0 is quiesced.
  public let weight: Int32

  /// Whether it takes new connections.
  public let occupancy: Occupancy

  /// The number that the scheduler compares; nil where it compares no connections.
  public let load: Int64?

  /// How many slots the server has in the scheduler's table; 0 where there is none.
  public let slots: Int

  /// Whether it may be chosen: it is not quiesced, and not certainly full.
  public var isUsable: Bool { weight > 0 && occupancy != .full }
}

/// Which servers a service's scheduler may choose for a packet.
public struct Prospect: Hashable, Sendable {
  /// What the choice rests on; nil where the service has no scheduler.
  public var basis: ChoiceBasis?

  /// The servers that may be chosen. Where the choice is known but for servers that may be full, the first
  /// is chosen while it is open, the second where the first is full, and so on.
  public var candidates: [ServerKey] = []

  /// Whether it may be that none is chosen.
  public var mayBeNone = true

  /// Whether the order of `candidates` is that of preference, so that of several without doubtful ones
  /// there is one only.
  public var isOrdered = false

  /// The slot that the packet falls to; nil where the scheduler has no table.
  public var slot: Int?

  /// The server of that slot.
  public var slotServer: ServerKey?

  /// The number of slots of the scheduler's table.
  public var slotCount = 0

  /// All servers of the service, the last added first.
  public var servers: [ServerStanding] = []
}

extension ServerRecord {
  /// Whether the server takes new connections, by its number of connections alone.
  func occupancy(_ director: Settings) -> Occupancy {
    guard settings.upperThreshold > 0 else { return .open }
    if connections >= UInt64(settings.upperThreshold) { return .full }
    return mayReopen(director) ? .open : .doubtful
  }

  /// Whether a server that was full is open again with the connections that it has.
  private func mayReopen(_ director: Settings) -> Bool {
    guard director.countsAsOlderKernels else { return connections < reopening }
    var trial = self
    trial.isOverloaded = true
    trial.reopenAsOlderKernels()
    return !trial.isOverloaded
  }
}

extension Balancer {
  /// The servers that a service's scheduler may choose for a packet.
  ///
  /// Schedulers are asked for their choice; of one that depends on what no listing tells, all servers that
  /// can take the connection are candidates.
  ///
  /// - Returns: Nil where there is no such service.
  public mutating func prospect(for flow: Flow, at service: ServiceKey) -> Prospect? {
    guard let owner = index(of: service) else { return nil }
    var prospect = Prospect()
    describe(owner, flow, &prospect)
    switch prospect.basis {
    case nil: break
    case .client, .destination, .connections, .weights:
      prospect.isOrdered = true
      choose(flow, at: owner, &prospect)
    case .turn, .weightedTurn, .cache, .chance: gather(at: owner, &prospect)
    }
    return prospect
  }

  /// How many of the ports that a client may have lead to each server of a service whose scheduler hashes
  /// them; nil as the key: to none. Servers that may be full count as open.
  public mutating func shares(
    ofPortsIn ports: ClosedRange<UInt16>, _ flow: Flow, at service: ServiceKey
  ) -> [ServerKey?: Int] {
    guard let owner = index(of: service) else { return [:] }
    var flow = flow
    var counts: [Candidates.Index?: Int] = [:]
    for port in ports {
      flow.sourcePort = port
      counts[pick(flow, for: owner, at: now), default: 0] += 1
    }
    return Dictionary(
      uniqueKeysWithValues: counts.map { ($0.key.map { servers[$0].key }, $0.value) })
  }

  /// Assumes the last weight of a quiesced server, which no listing tells, and which mh goes by.
  public mutating func assume(lastWeight: Int32, of server: ServerKey, in service: ServiceKey) {
    guard let owner = index(of: service), let index = index(of: server, in: owner) else { return }
    servers[index].lastWeight = lastWeight
    notify(owner, .edited(index))
  }

  /// How many inactive connections one active connection is as much as, for the schedulers of the least
  /// connections.
  public var activeConnectionWeight: Int64 {
    var server = ServerRecord(ServerKey(.ipv4, address: 0, port: 0), ServerSettings())
    server.activeConnections = 1
    return server.overhead(settings)
  }

  private func describe(
    _ owner: Slab<ServiceRecord>.Index, _ flow: Flow, _ prospect: inout Prospect
  ) {
    var slots: [Candidates.Index: Int] = [:]
    var kind: (any Scheduler.Type)?
    _ = withCandidates(of: owner) { scheduler, view in
      kind = type(of: scheduler)
      guard let slotted = scheduler as? any SlottedScheduler else { return }
      for server in slotted.slots { slots[server, default: 0] += 1 }
      prospect.slotCount = slotted.slots.count
      guard !slotted.slots.isEmpty else { return }
      let slot = slotted.slot(of: flow, view)
      prospect.slot = slot
      prospect.slotServer = servers[slotted.slots[slot]].key
    }
    prospect.basis = kind?.basis
    prospect.servers = services[owner].servers.map { index in
      ServerStanding(
        key: servers[index].key, weight: servers[index].weight,
        occupancy: servers[index].occupancy(settings),
        load: kind?.load(of: servers[index], settings), slots: slots[index] ?? 0)
    }
  }

  /// Asks the scheduler, and where its choice may be full, asks what it would choose then.
  private mutating func choose(
    _ flow: Flow, at owner: Slab<ServiceRecord>.Index, _ prospect: inout Prospect
  ) {
    var closed: [Candidates.Index] = []
    while let choice = pick(flow, for: owner, at: now) {
      prospect.candidates.append(servers[choice].key)
      guard servers[choice].occupancy(settings) == .doubtful else {
        prospect.mayBeNone = false
        break
      }
      servers[choice].isOverloaded = true
      closed.append(choice)
    }
    for index in closed { servers[index].isOverloaded = false }
  }

  /// Takes all servers that can be chosen. A server that lblc has in its cache may be full.
  private func gather(at owner: Slab<ServiceRecord>.Index, _ prospect: inout Prospect) {
    let takesFull = services[owner].scheduler is LocalityBasedLeastConnections
    let usable = prospect.servers.filter { $0.isUsable || takesFull && $0.weight > 0 }
    prospect.candidates = usable.map(\.key)
    prospect.mayBeNone = !usable.contains { $0.occupancy == .open }
  }
}
