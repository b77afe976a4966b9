// SPDX-License-Identifier: Apache-2.0

internal import IPVSSchedulers
internal import IPVSText

/// The implementations of the schedulers: each file of a scheduler adds its own.
enum Schedulers: SchedulerSet {
  /// The scheduler with a name; nil if there is none.
  static subscript(_ name: ByteString) -> (any Scheduler.Type)? {
    SchedulerName(rawValue: name.description).map { self[$0] }
  }
}

/// Chooses the real servers of new connections. Each service has its own scheduler, as schedulers have
/// state.
protocol Scheduler: AnyObject {
  /// What the choices rest on, for those who ask for one beforehand.
  static var basis: ChoiceBasis { get }

  /// The number by which the scheduler compares a server with others, which the weight may divide.
  ///
  /// - Returns: Nil where it compares no connections.
  static func load(of server: ServerRecord, _ settings: Settings) -> Int64?

  /// - Parameter seed: The seed of random numbers, for schedulers that use any.
  init(seed: UInt64)

  /// Called once before anything else, with the servers that the service then has.
  func bind(_ service: Candidates) throws(SchedulerError)

  /// Something changed. The list is as it is after the change.
  func update(_ change: CandidateChange, _ service: Candidates)

  /// The server that takes the connection; nil if none can.
  func pick(_ flow: Flow, _ service: Candidates, _ settings: Settings, at now: Instant)
    -> Candidates.Index?

  /// Called once a minute.
  func collect(_ service: Candidates, _ settings: Settings, at now: Instant)

  /// Called once after everything else: releases the servers that the scheduler holds.
  func unbind(_ service: Candidates)
}

extension Scheduler {
  static func load(of server: ServerRecord, _ settings: Settings) -> Int64? { nil }
  func bind(_ service: Candidates) throws(SchedulerError) {}
  func update(_ change: CandidateChange, _ service: Candidates) {}
  func collect(_ service: Candidates, _ settings: Settings, at now: Instant) {}
  func unbind(_ service: Candidates) {}
}

/// A scheduler that finds servers in a table, in which each has some of the slots.
protocol SlottedScheduler: Scheduler {
  /// The server of each slot; empty where the service has none.
  var slots: [Candidates.Index] { get }

  /// The slot that a flow falls to, below the number of slots.
  func slot(of flow: Flow, _ service: Candidates) -> Int
}

/// What the choices of a scheduler rest on.
public enum ChoiceBasis: UInt8, Hashable, Sendable, CaseIterable {
  /// A table of slots, by the client's address, and with a flag its port.
  case client

  /// A table of slots, by the destination's address.
  case destination

  /// The connections of the servers.
  case connections

  /// The weights of the servers.
  case weights

  /// Whose turn it is, which only the scheduler knows.
  case turn

  /// As `turn`, with as many turns as the weight says.
  case weightedTurn

  /// Which server had the destination's address before, which only the scheduler knows; otherwise the
  /// connections of the servers.
  case cache

  /// Chance.
  case chance
}

/// What happened to a list of real servers.
enum CandidateChange {
  /// At the head of the list.
  case added(Candidates.Index)
  case edited(Candidates.Index)

  /// - Parameter position: The server's position before the change.
  case removed(Candidates.Index, position: Int)
}

/// Why a scheduler cannot serve a service.
enum SchedulerError: Error {
  /// More servers than the look-up table of mh has slots (ip_vs_mh.c, `ip_vs_mh_init_svc`).
  case tooManyServers
}
