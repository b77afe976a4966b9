// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText

@testable import IPVSBalancing

/// A virtual service with a scheduler, without packets: what a recording does to it is done to it here,
/// and connections are as busy as the kernel's state tables would have them.
struct ScheduleModel: ~Copyable {
  typealias Index = Slab<ServerRecord>.Index

  struct Connection {
    let server: Index
    var isActive = false
  }

  private var service: ServiceRecord
  private var servers = Slab<ServerRecord>()
  private var trash: [ServerKey: Index] = [:]
  var settings = Settings()
  var now = Instant(ticks: 0)

  init(_ scheduler: ByteString, flags: UInt32 = 0, family: AddressFamily = .ipv4) throws {
    let key = ServiceKey(family, transport: 6, address: 0x0a00_0001, port: 80)
    service = ServiceRecord(key, ServiceSettings(scheduler: scheduler, flags: flags, netmask: 1))
    settings.kernel = .oldest
    try use(scheduler)
  }

  var scheduler: (any Scheduler)? { service.scheduler }

  /// The servers in the kernel's order.
  var list: [ServerRecord] { service.servers.map { servers[$0] } }

  subscript(_ index: Index) -> ServerRecord { servers[index] }

  private func withCandidates<Result>(
    _ body: (any Scheduler, Candidates) throws -> Result
  ) rethrows -> Result? {
    guard let scheduler = service.scheduler else { return nil }
    return try service.servers.withUnsafeBufferPointer { order in
      try body(scheduler, Candidates(service, order: order, servers: servers.base))
    }
  }

  /// Sets the scheduler of the service; one of the same type keeps its state.
  mutating func use(_ name: ByteString) throws {
    if let scheduler = service.scheduler, type(of: scheduler) == Schedulers[name] { return }
    withCandidates { scheduler, view in scheduler.unbind(view) }
    service.scheduler = Schedulers[name]?.init(seed: 7)
    try withCandidates { scheduler, view in try scheduler.bind(view) }
  }

  /// Forgets what the scheduler holds.
  func unbind() {
    withCandidates { scheduler, view in scheduler.unbind(view) }
  }

  func collect() {
    withCandidates { scheduler, view in scheduler.collect(view, settings, at: now) }
  }

  mutating func add(_ key: ServerKey, _ new: ServerSettings) {
    let index: Index
    if let known = trash.removeValue(forKey: key) {
      servers[known].isAvailable = true
      servers[known].apply(new, settings)
      servers[known].lastWeight = new.weight
      index = known
    } else {
      index = servers.insert(ServerRecord(key, new))
    }
    service.servers.insert(index, at: 0)
    withCandidates { scheduler, view in scheduler.update(.added(index), view) }
  }

  mutating func edit(_ key: ServerKey, _ new: ServerSettings) {
    guard let index = service.servers.first(where: { servers[$0].key == key }) else { return }
    servers[index].apply(new, settings)
    withCandidates { scheduler, view in scheduler.update(.edited(index), view) }
  }

  mutating func delete(_ key: ServerKey) {
    guard let position = service.servers.firstIndex(where: { servers[$0].key == key }) else {
      return
    }
    let index = service.servers.remove(at: position)
    servers[index].isAvailable = false
    trash[key] = index
    withCandidates { scheduler, view in scheduler.update(.removed(index, position: position), view)
    }
  }

  /// The server that a new connection gets, which then counts it.
  mutating func connect(_ flow: Flow) -> Connection? {
    let picked = withCandidates { scheduler, view in
      scheduler.pick(flow, view, settings, at: now)
    }
    guard let index = picked.flatMap({ $0 }) else { return nil }
    servers[index].bindConnection(settings)
    return Connection(server: index)
  }

  mutating func setActive(_ connection: inout Connection, _ isActive: Bool) {
    guard connection.isActive != isActive else { return }
    connection.isActive = isActive
    servers[connection.server].setActive(isActive)
  }

  mutating func end(_ connection: Connection) {
    servers[connection.server].unbindConnection(wasActive: connection.isActive, settings)
  }
}
