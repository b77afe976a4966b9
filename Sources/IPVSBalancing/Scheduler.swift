internal import IPVSAddresses

/// What a scheduler may know of the packet that begins a connection.
struct Flow {
  var family: AddressFamily

  /// Addresses as numbers, those of IPv4 in the low 32 bits; ports in host order.
  var source: UInt128
  var sourcePort: UInt16
  var destination: UInt128
  var destinationPort: UInt16

  /// The packet is an ICMP error about a packet that goes the other way: sh and mh swap its ends.
  var isInverse = false
}

/// How a virtual service chooses the real server of a new connection. Each service has its own:
/// schedulers remember where they stopped.
protocol Scheduler: AnyObject {
  /// The name in rules (ipvsadm(8), `--scheduler`).
  static var name: StaticString { get }

  init()

  /// Called once before anything else, with the servers that the service then has.
  func bind(_ candidates: Candidates, _ settings: ServiceSettings) throws(SchedulerError)

  /// Something changed. The list is as it is after the change.
  func update(_ change: CandidateChange, _ candidates: Candidates, _ settings: ServiceSettings)

  /// The server that takes the connection. Nil: none can.
  func pick(
    _ flow: Flow, _ candidates: Candidates, _ settings: ServiceSettings, at now: Instant
  ) -> Candidates.Index?

  /// Called once a minute.
  func collect(_ candidates: Candidates, at now: Instant)

  /// Called once after everything else: releases the servers that the scheduler holds.
  func unbind(_ candidates: Candidates)
}

extension Scheduler {
  func bind(_ candidates: Candidates, _ settings: ServiceSettings) throws(SchedulerError) {}
  func update(_ change: CandidateChange, _ candidates: Candidates, _ settings: ServiceSettings) {}
  func collect(_ candidates: Candidates, at now: Instant) {}
  func unbind(_ candidates: Candidates) {}
}

/// What happened to a list of real servers.
enum CandidateChange {
  /// At the head of the list.
  case added(Candidates.Index)
  case edited(Candidates.Index)

  /// - Parameter position: where the server stood.
  case removed(Candidates.Index, position: Int)
}

/// Why a scheduler cannot serve a service.
enum SchedulerError: Error {
  /// More servers than the look-up table of mh has places (ip_vs_mh.c, `ip_vs_mh_init_svc`).
  case tooManyServers
}
