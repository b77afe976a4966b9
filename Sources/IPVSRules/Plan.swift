// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses

/// The changes that lead from one rule set to another, and what is needed to go back.
///
/// A plan is a value: print it, count it, carry it out with `Director.apply(_:)`, or ask for its inverse.
///
///     let plan = Plan(from: try director.ruleSet(), to: wanted, keeping: [.weights])
///     print(plan.changes)
public struct Plan: Sendable {
  /// What of the present rules stays although the target does not have it.
  public struct Keeping: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// A server that is there keeps its weight: programs that check servers set it (ipvsadm(8),
    /// `--keep-weights`).
    public static let weights = Keeping(rawValue: 1)

    /// Services that the target does not have stay (ipvsadm(8), `--keep-others`).
    public static let otherServices = Keeping(rawValue: 2)
  }

  /// The rules that the plan starts from.
  public let present: RuleSet

  /// The rules after the plan: the target with what is kept of the present ones.
  public let result: RuleSet

  /// The changes in the order in which they must be carried out.
  public let changes: [Change]

  /// The drained servers that stay without weight although the target gives them some.
  public let stillDrained: [ServerIdentity]

  /// Plans the way from `present` to `target`.
  ///
  /// - Parameters:
  ///   - present: The rules as they are.
  ///   - target: The rules as they are to be. Timeouts and daemons that it does not name are left alone.
  ///   - keeping: What of the present rules stays.
  ///   - drained: Servers that were drained. While one has no weight, the plan gives it none.
  public init(
    from present: RuleSet, to target: RuleSet, keeping: Keeping = [],
    drained: Set<ServerIdentity> = []
  ) {
    var result = target
    if keeping.contains(.weights) {
      result.modifyServers { server, identity in
        if let old = present.server(server.endpoint, of: identity) { server.weight = old.weight }
      }
    }
    var stillDrained: [ServerIdentity] = []
    for name in drained
    where present.server(name.endpoint, of: name.service)?.weight == .quiesced {
      guard let wanted = target.server(name.endpoint, of: name.service)?.weight,
        wanted != .quiesced
      else { continue }
      stillDrained.append(name)
      result.modifyServer(name) { $0.weight = .quiesced }
    }
    stillDrained.sort { ($0.service, $0.endpoint) < ($1.service, $1.endpoint) }
    if keeping.contains(.otherServices) {
      for service in present.services where result[service.service.identity] == nil {
        result.set(service)
      }
    }
    self.present = present
    self.result = result.completed(from: present)
    self.stillDrained = stillDrained
    changes = present.changes(to: result)
  }

  /// Whether nothing is to be changed.
  public var isEmpty: Bool { changes.isEmpty }

  /// The plan for the way back, from the rules after this plan.
  public var inverse: Plan { Plan(from: result, to: present) }

  /// How many services and servers a plan adds, changes, and deletes, and how many it leaves as they are.
  public struct Counts: Hashable, Sendable {
    /// Services that are added.
    public var servicesAdded = 0

    /// Services that get other settings.
    public var servicesChanged = 0

    /// Services that are deleted.
    public var servicesDeleted = 0

    /// Servers of added services included.
    public var serversAdded = 0

    /// Servers that get other settings.
    public var serversChanged = 0

    /// Servers of deleted services included.
    public var serversDeleted = 0

    /// Changes of timeouts and of daemons.
    public var settings = 0

    /// Services and servers that stay as they are.
    public var equal = 0
  }

  /// The size of the plan.
  public var counts: Counts {
    var counts = Counts()
    for change in changes {
      switch change {
      case .addService: counts.servicesAdded += 1
      case .editService: counts.servicesChanged += 1
      case .deleteService(let identity):
        counts.servicesDeleted += 1
        counts.serversDeleted += present[identity]?.servers.count ?? 0
      case .addServer: counts.serversAdded += 1
      case .editServer: counts.serversChanged += 1
      case .deleteServer: counts.serversDeleted += 1
      case .flush, .zero, .setTimeouts, .startDaemon, .stopDaemon: counts.settings += 1
      }
    }
    counts.equal =
      present.ruleCount - counts.servicesChanged - counts.servicesDeleted - counts.serversChanged
      - counts.serversDeleted
    return counts
  }
}

/// What identifies a real server in a table: its endpoint and the service that it belongs to.
public struct ServerIdentity: Hashable, Sendable {
  /// The address and port of the server.
  public let endpoint: Endpoint

  /// The service that it belongs to.
  public let service: ServiceIdentity

  /// Names a server of a service.
  public init(_ endpoint: Endpoint, of service: ServiceIdentity) {
    self.endpoint = endpoint
    self.service = service
  }
}

extension ServerIdentity: CustomStringConvertible {
  /// `172.16.0.2:80 of TCP 202.103.106.5:80`.
  public var description: String { "\(endpoint) of \(service)" }
}

extension Change {
  /// The changes that take this one back, in their order, where it was carried out on `rules`.
  ///
  /// - Parameter rules: The rules before the change.
  /// - Returns: None where nothing can be taken back, as with counters.
  public func inverse(in rules: RuleSet) -> [Change] {
    switch self {
    case .addService(let service): return [.deleteService(service.identity)]
    case .addServer(let server, to: let identity):
      return [.deleteServer(server.endpoint, of: identity)]
    case .editService(let service):
      return rules[service.identity].map { [.editService($0.service)] } ?? []
    case .editServer(let server, of: let identity):
      return rules.server(server.endpoint, of: identity).map { [.editServer($0, of: identity)] }
        ?? []
    case .deleteServer(let endpoint, of: let identity):
      return rules.server(endpoint, of: identity).map { [.addServer($0, to: identity)] } ?? []
    case .deleteService(let identity):
      guard let service = rules[identity] else { return [] }
      return [.addService(service.service)] + service.servers.map { .addServer($0, to: identity) }
    case .setTimeouts: return rules.timeouts.map { [.setTimeouts($0)] } ?? []
    case .startDaemon(let daemon): return [.stopDaemon(daemon.role, syncID: daemon.syncID)]
    case .stopDaemon(let role, _):
      return rules.daemons?.first { $0.role == role }.map { [.startDaemon($0)] } ?? []
    case .flush:
      return rules.services.flatMap { service in
        [.addService(service.service)]
          + service.servers.map { .addServer($0, to: service.service.identity) }
      }
    case .zero: return []
    }
  }
}
