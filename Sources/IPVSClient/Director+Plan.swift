// SPDX-License-Identifier: Apache-2.0

public import IPVSRules

/// What a plan did to the table of a director.
public struct PlanOutcome: Sendable {
  /// Why a plan was not carried out to its end.
  public enum Failure: Sendable {
    /// The director refused a change.
    case rejected(RejectedChange)

    /// The exchange broke off.
    case brokenOff(DirectorError)
  }

  /// How the table is.
  public enum Table: Sendable {
    /// As the plan wants it.
    case asPlanned

    /// As before the plan.
    case asBefore

    /// Neither; as it is now.
    case other(RuleSet)

    /// It could not be read.
    case unknown(DirectorError)
  }

  /// Nil where all changes were carried out.
  public let failure: Failure?

  /// How the table was after the last change, and after changes were taken back.
  public let table: Table

  /// What the director refused of the changes that take others back.
  public let notTakenBack: [RejectedChange]

  /// The services that were deleted and had to be added again. Their counters begin at 0, and the
  /// connections of their servers are lost to them.
  public let recreated: [ServiceIdentity]

  init(
    failure: Failure?, table: Table, notTakenBack: [RejectedChange] = [],
    recreated: [ServiceIdentity] = []
  ) {
    self.failure = failure
    self.table = table
    self.notTakenBack = notTakenBack
    self.recreated = recreated
  }

  /// Of a plan that never reached a director.
  public init(brokenOff error: DirectorError) {
    self.init(failure: .brokenOff(error), table: .unknown(error))
  }
}

extension PlanOutcome: CustomStringConvertible {
  /// What was done and how the table is, in one line.
  public var description: String {
    let reason = failure.map { ": \($0)" } ?? ""
    return switch table {
    case .asPlanned: "the table is as planned\(reason)"
    case .asBefore: "the table is as before\(reason)"
    case .other where failure == nil: "another program changed the table meanwhile"
    case .other: "the table is not as before\(reason)"
    case .unknown(let error): "the table could not be read (\(error))\(reason)"
    }
  }
}

extension PlanOutcome.Failure: CustomStringConvertible {
  /// What was refused, or what broke off.
  public var description: String {
    switch self {
    case .rejected(let rejected): rejected.description
    case .brokenOff(let error): error.description
    }
  }
}

extension Director {
  /// Carries a plan out whole or not at all.
  ///
  /// Changes are sent in batches. Changes after which a service has fewer servers are sent when all before
  /// them have succeeded. Where one is refused, those that succeeded are taken back in reverse, and the
  /// table is read. After success it is read as well, and compared with the plan.
  ///
  /// - Parameters:
  ///   - plan: A plan that starts from this director's rules (`picture()`).
  ///   - progress: Takes the number of changes that were carried out, after each batch.
  /// - Returns: What was done. Nothing is thrown: an error after the first change says nothing without
  ///   the state of the table.
  public mutating func apply(
    _ plan: Plan, progress: (Int) -> Void = { _ in }
  ) -> PlanOutcome {
    var execution = PlanExecution(plan)
    if let failure = execution.run(on: &self, progress) {
      return takeBack(execution, after: failure)
    }
    return PlanOutcome(
      failure: nil, table: compare(with: plan))
  }

  private mutating func takeBack(
    _ execution: PlanExecution, after failure: PlanOutcome.Failure
  ) -> PlanOutcome {
    let plan = execution.plan
    var way = execution.wayBack
    if case .brokenOff = failure {
      // Answers are missing: what was carried out is to be seen in the table only.
      do throws(DirectorError) {
        try reconnect()
        way = execution.wayBack(from: try picture().rules)
      } catch {
        return PlanOutcome(failure: failure, table: .unknown(error))
      }
    }
    var rejections: [RejectedChange] = []
    do throws(DirectorError) {
      do throws(DirectorError) {
        rejections = try apply(way)
      } catch {
        // The kernel does not answer when it stops a sync daemon that has not run yet (EINTR,
        // `netlink_rcv_skb`).
        try reconnect()
      }
    } catch {
      return PlanOutcome(failure: failure, table: .unknown(error))
    }
    let recreated: [ServiceIdentity] = way.compactMap { change in
      guard case .addService(let service) = change else { return nil }
      return service.identity
    }
    return PlanOutcome(
      failure: failure, table: compare(with: plan), notTakenBack: rejections, recreated: recreated)
  }

  /// Takes another socket, to which no answers to earlier requests come.
  private mutating func reconnect() throws(DirectorError) {
    socket = try Self.open(peer, patience)
    earlyAnswers = Outcomes()
  }

  /// Reads the table and says how it is. One reading is enough for what is as it should be.
  private mutating func compare(with plan: Plan) -> PlanOutcome.Table {
    do throws(DirectorError) {
      if let table = plan.recognise(try ruleSet()) { return table }
      let rules = try picture().rules
      return plan.recognise(rules) ?? .other(rules)
    } catch {
      return .unknown(error)
    }
  }
}

extension Plan {
  fileprivate func recognise(_ rules: RuleSet) -> PlanOutcome.Table? {
    if rules.changes(to: result).isEmpty { return .asPlanned }
    return rules.changes(to: present).isEmpty ? .asBefore : nil
  }
}

/// A plan on its way to a director.
private struct PlanExecution {
  let plan: Plan

  /// The indices of the changes that were carried out, in their order.
  private var done: [Int] = []

  init(_ plan: Plan) {
    self.plan = plan
  }

  /// Sends the changes, up to the first batch of which one is refused.
  mutating func run(
    on director: inout Director, _ progress: (Int) -> Void
  ) -> PlanOutcome.Failure? {
    var batch = ChangeBatch()
    let limit = director.largestBatch
    var start = 0
    while start < plan.changes.count {
      batch.removeAll()
      let phase = plan.changes[start].phase
      var end = start
      while end < plan.changes.count, plan.changes[end].phase == phase, !batch.isFull(atMost: limit)
      {
        batch.append(plan.changes[end])
        end += 1
      }
      do throws(DirectorError) {
        let rejections = try director.takeAnswers(to: try director.send(&batch))
        let refused = Set(rejections.map { start + $0.index })
        done += (start..<end).filter { !refused.contains($0) }
        if let first = rejections.first {
          let index = start + first.index
          return .rejected(RejectedChange(index: index, plan.changes[index], errno: first.errno))
        }
      } catch {
        return .brokenOff(error)
      }
      start = end
      progress(end)
    }
    return nil
  }

  /// The changes that take back what was done, of a table whose state is known only by reading it. What
  /// the plan does not touch stays as others have made it.
  func wayBack(from rules: RuleSet) -> [Change] {
    let touched = Set(plan.changes.flatMap { $0.objects(in: plan.present) })
    return rules.changes(to: plan.present).filter { change in
      change.objects(in: rules).contains { touched.contains($0) }
    }
  }

  /// The changes that take back what was done. A service that was added goes with its servers.
  var wayBack: [Change] {
    let added = Set(
      done.compactMap { index in
        if case .addService(let service) = plan.changes[index] { service.identity } else { nil }
      })
    return done.reversed().flatMap { index -> [Change] in
      if case .addServer(_, to: let identity) = plan.changes[index], added.contains(identity) {
        return []
      }
      return plan.changes[index].inverse(in: plan.present)
    }
  }
}

extension Change {
  /// Changes of a later phase are sent when all of the earlier ones have succeeded.
  fileprivate var phase: Int {
    switch self {
    case .editServer(let server, of: _) where server.weight == .quiesced: 1
    case .deleteServer: 2
    case .deleteService, .flush: 3
    default: 0
    }
  }

  /// What the change is about: a service, a server, the timeouts, or a daemon.
  fileprivate enum Object: Hashable {
    case service(ServiceIdentity)
    case server(ServerIdentity)
    case timeouts
    case daemon(SyncDaemon.Role)
  }

  /// The objects that the change is about.
  ///
  /// - Parameter rules: The rules before the change.
  fileprivate func objects(in rules: RuleSet) -> [Object] {
    switch self {
    case .addService(let service), .editService(let service): [.service(service.identity)]
    case .deleteService(let identity):
      [.service(identity)]
        + (rules[identity]?.servers ?? []).map {
          .server(ServerIdentity($0.endpoint, of: identity))
        }
    case .addServer(let server, let identity), .editServer(let server, let identity):
      [.server(ServerIdentity(server.endpoint, of: identity))]
    case .deleteServer(let endpoint, let identity):
      [.server(ServerIdentity(endpoint, of: identity))]
    case .setTimeouts: [.timeouts]
    case .startDaemon(let daemon): [.daemon(daemon.role)]
    case .stopDaemon(let role, _): [.daemon(role)]
    case .flush:
      rules.services.flatMap { Change.deleteService($0.service.identity).objects(in: rules) }
    case .zero: []
    }
  }
}
