// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSBalancing
internal import IPVSRules
internal import IPVSText

// What the scheduler of a service would choose, and how sure that is.

extension Explainer {
  /// The most tables of mh that are computed for one packet: each takes about 0.1 ms.
  private static var mostTables: Int { 1024 }

  /// Asks the scheduler of a service, and answers with its choice.
  mutating func ask(_ service: ListedService, _ key: ServiceKey, _ draft: inout Draft) {
    guard let prospect = balancer.prospect(for: draft.flow, at: key) else { return }
    guard let basis = prospect.basis else {
      draft.add(.scheduler, .notFound, "none: the service schedules nothing")
      return leave(key, &draft)
    }
    let usable = prospect.servers.filter(\.isUsable)
    draft.add(
      .scheduler, prospect.candidates.isEmpty ? .notFound : .found,
      reason(service, prospect, basis, draft))
    let quiesced = prospect.servers.filter { $0.weight == 0 }.map(\.key)
    if service.isMaglev, !usable.isEmpty, maglevTable == .other {
      return answerByAnyOf(
        usable, of: service, "the table of mh has not 4093 slots in this kernel", &draft)
    }
    if service.isMaglev, !usable.isEmpty, maglevTable == .assumed {
      draft.note("that the table of mh has 4093 slots, the kernel's default, is assumed")
    }
    if service.isMaglev, !usable.isEmpty, !quiesced.isEmpty {
      return answerByMaglev(quiesced, prospect, service, key, &draft)
    }
    if basis == .client, service.hashesPort, draft.packet.clientPort == nil {
      return answerByShares(prospect, service, key, &draft)
    }
    answer(prospect, basis, service, key, &draft)
  }

  private mutating func answer(
    _ prospect: Prospect, _ basis: ChoiceBasis, _ service: ListedService, _ key: ServiceKey,
    _ draft: inout Draft
  ) {
    let candidates = candidates(prospect, basis, service, draft.packet)
    guard !candidates.isEmpty else { return leave(key, &draft) }
    if candidates.count == 1, !prospect.mayBeNone {
      let isOnlyOne = prospect.servers.count { $0.isUsable } == 1
      draft.answer = Answer(basis == .connections && !isOnlyOne ? .now : .certain, candidates)
      if basis != .connections { noteThresholds(prospect, &draft) }
      return
    }
    draft.answer = Answer(
      .depends, candidates, reason: doubt(prospect, basis), mayBeNone: prospect.mayBeNone)
  }

  /// Connections that come meanwhile may fill a server that has a threshold.
  private func noteThresholds(_ prospect: Prospect, _ draft: inout Draft) {
    let full = prospect.servers.filter { $0.weight > 0 && $0.occupancy == .full }.map(\.key)
    guard !full.isEmpty else { return }
    draft.note("as long as \(named(full)) has as many connections as its upper threshold")
  }

  /// What a choice among several servers depends on.
  private func doubt(_ prospect: Prospect, _ basis: ChoiceBasis) -> String {
    let doubtful = prospect.servers.filter {
      $0.occupancy == .doubtful && prospect.candidates.contains($0.key)
    }.map(\.key)
    if prospect.isOrdered || (prospect.candidates.count == 1 && !doubtful.isEmpty) {
      return
        "whether \(named(doubtful)), between its thresholds, was full before and still counts as "
        + "full: no dump tells"
    }
    switch basis {
    case .turn, .weightedTurn: return "the position of the ring, which cannot be read"
    case .cache: return "which server had the destination before, which cannot be read"
    case .chance: return "chance"
    case .client, .destination, .connections, .weights: return "what no dump tells"
    }
  }

  private func candidates(
    _ prospect: Prospect, _ basis: ChoiceBasis, _ service: ListedService, _ packet: OpeningPacket
  ) -> [Candidate] {
    let turns = prospect.candidates.compactMap { key in
      prospect.servers.first { $0.key == key }.map { basis == .turn ? 1 : Int($0.weight) }
    }
    let hasShares = (basis == .turn || basis == .weightedTurn) && prospect.candidates.count > 1
    return prospect.candidates.enumerated().compactMap { index, key in
      guard var candidate = candidate(key, service, packet) else { return nil }
      if hasShares {
        candidate.share = Fraction(turns[index], of: turns.reduce(0, +), .turns)
      }
      return candidate
    }
  }

  private func candidate(
    _ key: ServerKey, _ service: ListedService, _ packet: OpeningPacket
  ) -> Candidate? {
    service.servers.first { ServerKey($0.server.endpoint) == key }.map {
      candidate($0.server, service, packet)
    }
  }

  // MARK: - What is not known

  private func answerByAnyOf(
    _ servers: [ServerStanding], of service: ListedService, _ reason: String,
    _ draft: inout Draft
  ) {
    draft.answer = Answer(
      .depends, servers.compactMap { candidate($0.key, service, draft.packet) }, reason: reason,
      mayBeNone: !service.fallsBack || servers.allSatisfy { $0.occupancy == .doubtful })
  }

  /// The client's port is not given: each server gets the ports that fall to it.
  private mutating func answerByShares(
    _ prospect: Prospect, _ service: ListedService, _ key: ServiceKey, _ draft: inout Draft
  ) {
    let counts = balancer.shares(ofPortsIn: 0...UInt16.max, draft.flow, at: key)
    let hasDoubt = prospect.servers.contains { $0.weight > 0 && $0.occupancy == .doubtful }
    // Where servers are left out, the ports that would fall to them fall to others, not slot by slot.
    let isMoved = service.fallsBack && prospect.servers.contains { !$0.isUsable && $0.slots > 0 }
    var candidates: [Candidate] = []
    for server in prospect.servers where server.isUsable {
      let ports = counts[server.key] ?? 0
      guard ports > 0 || hasDoubt, var candidate = candidate(server.key, service, draft.packet)
      else { continue }
      candidate.share =
        isMoved
        ? Fraction(ports, of: 1 << 16, .ports)
        : Fraction(server.slots, of: max(prospect.slotCount, 1), .slots)
      candidates.append(candidate)
    }
    guard !candidates.isEmpty else { return leave(key, &draft) }
    let mayBeNone = (counts[nil] ?? 0) > 0 || hasDoubt
    if candidates.count == 1, !mayBeNone {
      candidates[0].share = nil
      draft.answer = Answer(.certain, candidates)
    } else {
      draft.answer = Answer(
        .depends, candidates, reason: "the port of the client", mayBeNone: mayBeNone)
    }
  }

  /// mh goes by the last weights of quiesced servers, which no dump shows: the choice is computed for 0 and
  /// for every weight up to the greatest one of the others.
  private mutating func answerByMaglev(
    _ quiesced: [ServerKey], _ prospect: Prospect, _ service: ListedService, _ key: ServiceKey,
    _ draft: inout Draft
  ) {
    let usable = prospect.servers.filter(\.isUsable)
    let unknownWeights = "the last weight of \(named(quiesced)), which mh goes by and no dump tells"
    let greatest = prospect.servers.map(\.weight).max() ?? 0
    let needsPort = service.hashesPort && draft.packet.clientPort == nil
    guard !needsPort, let tables = Self.tables(quiesced.count, greatest) else {
      return answerByAnyOf(usable, of: service, unknownWeights, &draft)
    }
    var outcomes: Set<[ServerKey]> = []
    var merged = prospect
    merged.candidates = []
    merged.mayBeNone = false
    for table in 0..<tables {
      assume(table, greatest, quiesced, key)
      guard let outcome = balancer.prospect(for: draft.flow, at: key) else { continue }
      outcomes.insert(outcome.candidates)
      merged.mayBeNone = merged.mayBeNone || outcome.mayBeNone
      merged.candidates += outcome.candidates.filter { !merged.candidates.contains($0) }
    }
    assume(0, greatest, quiesced, key)
    guard outcomes.count > 1 else {
      draft.note(
        "taken for granted: the last weight of \(named(quiesced)) was at most \(greatest)")
      return answer(merged, .client, service, key, &draft)
    }
    draft.answer = Answer(
      .depends, candidates(merged, .client, service, draft.packet), reason: unknownWeights,
      mayBeNone: merged.mayBeNone)
  }

  /// How many tables there are for quiesced servers whose last weights are at most `greatest`; nil for too
  /// many.
  private static func tables(_ servers: Int, _ greatest: Int32) -> Int? {
    var count = 1
    for _ in 0..<servers {
      let (product, isTooMany) = count.multipliedReportingOverflow(by: Int(greatest) + 1)
      guard !isTooMany, product <= mostTables else { return nil }
      count = product
    }
    return count
  }

  /// Assumes the last weights of one of the tables: the digits of its number.
  private mutating func assume(
    _ table: Int, _ greatest: Int32, _ servers: [ServerKey], _ service: ServiceKey
  ) {
    var rest = table
    for server in servers {
      let weight = Int32(rest % (Int(greatest) + 1))
      balancer.assume(lastWeight: weight, of: server, in: service)
      rest /= Int(greatest) + 1
    }
  }

  // MARK: - In words

  private func reason(
    _ service: ListedService, _ prospect: Prospect, _ basis: ChoiceBasis, _ draft: Draft
  ) -> String {
    let name = "\(service.service.scheduler)"
    let usable = prospect.servers.filter(\.isUsable)
    var text: String
    switch basis {
    case .client:
      let hasPort = service.hashesPort
      text = "\(name) by source address\(hasPort ? " and port" : "")"
      if !hasPort || draft.packet.clientPort != nil { text += slotText(prospect, service) }
    case .destination: text = "\(name) by destination address" + slotText(prospect, service)
    case .connections: text = "\(name), \(comparison(service, usable, draft))"
    case .weights:
      text = "\(name), the greatest weight\(numbers(usable.map { ($0.key, "\($0.weight)") }))"
    case .turn: text = "\(name), each server in turn"
    case .weightedTurn: text = "\(name), each server in turn, as often as its weight says"
    case .cache: text = "\(name), the server that had the destination before"
    case .chance: text = "\(name), the less loaded of two drawn by weight"
    }
    return text + leftOut(prospect)
  }

  private func slotText(_ prospect: Prospect, _ service: ListedService) -> String {
    guard let slot = prospect.slot else { return "" }
    var text = ", slot \(slot) of \(prospect.slotCount)"
    let owner = prospect.servers.first { $0.key == prospect.slotServer }
    if let owner, !owner.isUsable {
      let fault = owner.weight == 0 ? "weight 0" : "full"
      text += " of \(owner.key.endpoint), \(fault)"
      text += service.fallsBack ? ", and so another one" : ""
    }
    return text
  }

  /// The numbers that a scheduler compares, of the usable servers.
  private func comparison(
    _ service: ListedService, _ usable: [ServerStanding], _ draft: Draft
  ) -> String {
    let overhead = balancer.activeConnectionWeight
    let divided = usable.map { ($0.key, "\($0.load ?? 0)/\($0.weight)") }
    switch service.service.scheduler.text {
    case "lc":
      return "the least \(overhead)*active + inactive"
        + numbers(usable.map { ($0.key, "\($0.load ?? 0)") })
    case "sed": return "the least (active + 1)/weight" + numbers(divided)
    case "nq": return "the first idle one, or the least (active + 1)/weight" + numbers(divided)
    case "ovf":
      return "the greatest weight that active connections do not exceed" + numbers(divided)
    default: return "the least (\(overhead)*active + inactive)/weight" + numbers(divided)
    }
  }

  private func numbers(_ numbers: [(ServerKey, String)]) -> String {
    guard !numbers.isEmpty else { return "" }
    let shown = numbers.prefix(Self.mostNamed).map { "\($0.0.endpoint) \($0.1)" }
    let more = numbers.count - shown.count
    return ": " + shown.joined(separator: ", ") + (more > 0 ? ", and \(more) more" : "")
  }

  private func leftOut(_ prospect: Prospect) -> String {
    if prospect.servers.isEmpty { return "; it has no server" }
    let quiesced = prospect.servers.count { $0.weight == 0 }
    let full = prospect.servers.count { $0.weight > 0 && $0.occupancy == .full }
    let parts = [
      quiesced > 0 ? "\(quiesced) with weight 0" : nil, full > 0 ? "\(full) full" : nil,
    ].compactMap(\.self)
    return parts.isEmpty ? "" : "; not usable: \(parts.joined(separator: ", "))"
  }

  private func named(_ servers: [ServerKey]) -> String {
    let shown = servers.prefix(Self.mostNamed).map { "\($0.endpoint)" }.joined(separator: ", ")
    let more = servers.count - Self.mostNamed
    return more > 0 ? "\(shown), and \(more) more" : shown
  }
}

extension ListedService {
  fileprivate var isMaglev: Bool { service.scheduler.text == "mh" }
  fileprivate var hashesPort: Bool { service.flags.contains(.port) }
  fileprivate var fallsBack: Bool { service.flags.contains(.fallback) }
}
