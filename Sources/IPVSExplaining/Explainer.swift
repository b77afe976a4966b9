// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSBalancing
public import IPVSRules

/// Says what a director does with packets that begin connections. Its copy of the director decides: here are
/// the order of the questions, and what the answers mean.
public struct Explainer: ~Copyable {
  private let evidence: Evidence
  var balancer: Balancer

  /// The services by their keys.
  private let services: [ServiceKey: ListedService]

  /// The marks of the services by mark of each family, ascending.
  private let marks: [AddressFamily: [UInt32]]

  /// The services whose scheduler is not known.
  private let unknown: Set<ServiceIdentity>

  /// - Parameter evidence: What is known of the director.
  public init(_ evidence: Evidence) {
    self.evidence = evidence
    var unknown: Set<ServiceIdentity> = []
    balancer = Balancer(evidence, unknown: &unknown)
    self.unknown = unknown
    services = Dictionary(
      evidence.services.map { (ServiceKey($0.service.identity), $0) }, uniquingKeysWith: { $1 })
    var marks: [AddressFamily: [UInt32]] = [:]
    for listed in evidence.services {
      if case .mark(let mark, let family) = listed.service.identity {
        marks[family, default: []].append(mark)
      }
    }
    self.marks = marks.mapValues { $0.sorted() }
  }

  /// What becomes of a packet.
  public mutating func explain(_ packet: OpeningPacket) -> PacketExplanation {
    var draft = Draft(packet)
    guard reachesServices(&draft), !belongsToConnection(&draft) else { return draft.explanation }
    schedule(&draft)
    mergeUnclear(&draft)
    noteMarks(&draft)
    noteSurroundings(&draft)
    return draft.explanation
  }

  // MARK: - Before the services

  private func reachesServices(_ draft: inout Draft) -> Bool {
    let destination = draft.packet.destination
    if evidence.isLocal[destination] == false {
      if draft.mark == 0 {
        draft.end(
          .route, .notFound, "\(destination) is no address of the director",
          .none("it never reaches IPVS: the director forwards it, or drops it"))
        return false
      }
      draft.note(
        "\(destination) is no address of the director: only rules of routing for the mark bring the "
          + "packet to IPVS")
    }
    if !balancer.takesRequests {
      draft.end(
        .director, .notFound, "a backup daemon runs, and backup_only is 1",
        .none("the director's own stack gets it"))
      return false
    }
    return true
  }

  private func belongsToConnection(_ draft: inout Draft) -> Bool {
    guard draft.packet.clientPort != nil, draft.packet.destinationPort != nil else {
      let end = draft.packet.clientPort == nil ? "client" : "destination"
      draft.add(.connection, .skipped, "not looked for: the port of the \(end) is not given")
      draft.note("a connection of the same port would win")
      return false
    }
    switch balancer.fate(of: draft.flow, draft.transport, mark: draft.mark) {
    case .none:
      draft.add(.connection, .notFound, "none of this client and port")
      return isStray(&draft)
    case .kept(let report):
      draft.service = report.service.flatMap { services[$0]?.service.identity }
      draft.end(
        .connection, .found, "to \(report.end.endpoint), whatever the weights are",
        Answer(.certain, [candidate(report, draft.packet)]))
      return true
    case .unclear(let report):
      draft.add(
        .connection, .found,
        "to \(report.end.endpoint), but several services may have it, and it may have ended with one"
      )
      draft.unclear = Answer(
        .depends, [candidate(report, draft.packet)],
        reason: "which service the connection to \(report.end.endpoint) belongs to: no dump tells",
        mayBeNone: true)
      return false
    case .orphanDropped(let report):
      draft.end(
        .connection, .found,
        "to \(report.end.endpoint), which no service has any more, and expire_nodest_conn is 0",
        .none("it is dropped without an answer"))
      return true
    case .orphanRenewed(let report):
      draft.add(
        .connection, .notFound,
        "that to \(report.end.endpoint) ends: no service has the server any more, and "
          + "expire_nodest_conn is 1")
      return false
    case .renewed(let report, let renewal):
      draft.add(
        .connection, .notFound, "that to \(report.end.endpoint) ends: \(renewal.reason)")
      if evidence.tracksConnections, renewal != .quiesced {
        draft.note("with conntrack=1 the first SYN may be dropped; the next one is scheduled")
      }
      return false
    }
  }

  private func isStray(_ draft: inout Draft) -> Bool {
    guard balancer.isStray(draft.flow, draft.transport) else { return false }
    draft.end(
      .service, .notFound, "the client is a masqueraded server, and nat_icmp_send is 1",
      .none("the client gets ICMP port unreachable"))
    return true
  }

  // MARK: - Services and templates

  private mutating func schedule(_ draft: inout Draft) {
    guard let service = findService(&draft) else { return }
    draft.service = service.service.identity
    if let port = draft.packet.clientPort, Balancer.isNeverScheduled(clientPort: port) {
      return draft.end(
        .scheduler, .notFound, "not asked: port \(port) of a client is that of active FTP's data",
        .none("the director's own stack gets it"))
    }
    draft.dropsForDefence = true
    let key = ServiceKey(service.service.identity)
    guard followsNoTemplate(of: service, key, &draft) else { return }
    guard service.service.persistence != nil || key.schedules(port: draft.flow.destinationPort)
    else {
      draft.add(.scheduler, .notFound, "not asked: without persistence only its own port counts")
      return leave(key, &draft)
    }
    if unknown.contains(service.service.identity) {
      return draft.end(
        .scheduler, .skipped, "\(service.service.scheduler) is not known here",
        Answer(
          .depends, usable(of: service, draft.packet), reason: "what this scheduler does",
          mayBeNone: true))
    }
    ask(service, key, &draft)
  }

  private func findService(_ draft: inout Draft) -> ListedService? {
    let packet = draft.packet
    guard
      let (key, rule) = balancer.service(taking: draft.flow, draft.transport, mark: draft.mark),
      let found = services[key], packet.destinationPort != nil || rule == .mark
    else {
      guard packet.destinationPort != nil else {
        draft.end(
          .service, .skipped, "not looked for: the port of the destination is not given",
          Answer(.depends, reason: "the port of the destination", mayBeNone: true))
        return nil
      }
      draft.end(
        .service, .notFound,
        "none of \(packet.transport) \(draft.destination)\(markNote(draft, found: nil))",
        .none("the director's own stack gets it: a listener of its own, or a refusal"))
      return nil
    }
    draft.add(
      .service, .found,
      "\(found.service.identity) \(found.service.scheduler) "
        + "(\(reason(rule, draft))\(markNote(draft, found: rule)))")
    return found
  }

  private func reason(_ rule: LookUpRule, _ draft: Draft) -> String {
    switch rule {
    case .mark: "mark \(draft.mark)"
    case .exact: "exact address and port"
    case .ftpData: "FTP: port \(draft.flow.destinationPort) may be that of its data"
    case .anyPort: "every port of the address"
    }
  }

  private func markNote(_ draft: Draft, found rule: LookUpRule?) -> String {
    guard rule != .mark else { return "" }
    return switch draft.packet.mark {
    case nil: "; no mark given"
    case 0?: "; no mark"
    case let mark?: "; no service by mark \(mark)"
    }
  }

  /// Whether no template leads the client; otherwise the draft has its answer.
  private func followsNoTemplate(
    of service: ListedService, _ key: ServiceKey, _ draft: inout Draft
  ) -> Bool {
    switch balancer.template(for: draft.flow, draft.transport, of: key) {
    case .notPersistent:
      draft.add(.template, .notFound, "not persistent")
      return true
    case .decidedByEngine:
      let engine = service.service.engine.map { "\($0)" } ?? ""
      guard draft.packet.transport == .udp else {
        draft.end(
          .template, .notFound, "persistence engine \(engine) reads UDP only",
          .none("it is dropped without an answer"))
        return false
      }
      draft.end(
        .template, .skipped, "persistence engine \(engine) goes by what is in the packet",
        Answer(
          .depends, service.servers.map { candidate($0.server, service, draft.packet) },
          reason: "the Call-ID in the packet", mayBeNone: true))
      return false
    case .none:
      draft.add(.template, .notFound, "none of client \(network(draft.packet, service))")
      return true
    case .bound(let report):
      draft.end(
        .template, .found,
        "client \(network(draft.packet, service)) is bound to "
          + "\(report.server.endpoint.address), whatever the weights are",
        Answer(.certain, [candidate(report, draft.packet)]))
      return false
    case .unclear(let reports, let mayBeUnusable):
      var candidates = reports.map { candidate($0, draft.packet) }
      if mayBeUnusable {
        candidates += usable(of: service, draft.packet).filter { other in
          !candidates.contains { $0.endpoint == other.endpoint }
        }
      }
      draft.end(
        .template, .found,
        "client \(network(draft.packet, service)) is bound to "
          + "\(reports[0].server.endpoint.address), where several servers are",
        Answer(
          .depends, candidates, reason: "which of these servers the template names: no dump tells",
          mayBeNone: mayBeUnusable))
      return false
    case .unusable(let report):
      draft.add(
        .template, .notFound,
        "that of client \(network(draft.packet, service)) to \(report.server.endpoint) is not used "
          + "any more: the server is deleted, or its weight is 0 and expire_quiescent_template is 1"
      )
      return true
    }
  }

  private func network(_ packet: OpeningPacket, _ service: ListedService) -> String {
    let settings = IPVSBalancing.ServiceSettings(service.service)
    let family = packet.client.family
    let network = IPAddress(settings.network(of: packet.client.number, family), family)
    let isHost = service.service.netmask == .host(of: family)
    return isHost ? "\(network)" : "\(network), mask \(service.service.netmask)"
  }

  // MARK: - Ends

  /// What becomes of a packet that no server takes.
  func leave(_ service: ServiceKey, _ draft: inout Draft) {
    let reason =
      switch balancer.left(draft.flow, by: service) {
      case .bypassed:
        "it goes on to its own destination, unless that is the director (cache_bypass is 1)"
      case .passed: "the director's own stack gets it: the port may be that of another program"
      case .refused: "the client gets ICMP port unreachable"
      }
    if balancer.left(draft.flow, by: service) == .refused {
      draft.note(
        "net.ipv4.icmp_ratelimit limits such answers: clients see a refusal, and later time-outs")
    }
    draft.answer = .none(reason)
  }

  /// The packet goes where its connection goes, or if that is over, to where it is scheduled.
  private func mergeUnclear(_ draft: inout Draft) {
    guard var answer = draft.unclear else { return }
    answer.candidates += draft.answer.candidates.filter { other in
      !answer.candidates.contains { $0.endpoint == other.endpoint }
    }
    for index in answer.candidates.indices { answer.candidates[index].share = nil }
    draft.answer = answer
  }

  /// A packet without a known mark may belong to a service by mark.
  private func noteMarks(_ draft: inout Draft) {
    guard draft.packet.mark == nil, let marks = marks[draft.packet.client.family] else { return }
    var candidates = draft.answer.candidates
    for mark in marks {
      let key = ServiceKey(draft.packet.client.family, mark: mark)
      guard let service = services[key] else { continue }
      for candidate in usable(of: service, draft.packet)
      where !candidates.contains(where: { $0.endpoint == candidate.endpoint }) {
        candidates.append(candidate)
      }
    }
    let names = marks.prefix(Self.mostNamed).map { "\($0)" }.joined(separator: ", ")
    let more = marks.count > Self.mostNamed ? ", and \(marks.count - Self.mostNamed) more" : ""
    draft.unmarked = draft.answer
    for index in candidates.indices { candidates[index].share = nil }
    draft.answer = Answer(
      .depends, candidates, reason: "no mark given, services by mark: \(names)\(more)",
      mayBeNone: true)
  }

  /// The most objects that a sentence names.
  static let mostNamed = 8

  private func noteSurroundings(_ draft: inout Draft) {
    if !evidence.unreadSettings.isEmpty {
      let names = evidence.unreadSettings.prefix(Self.mostNamed).joined(separator: ", ")
      draft.note("settings that cannot be read, taken for the kernel's defaults: \(names)")
    }
    guard draft.dropsForDefence else { return }
    switch evidence.settings.dropPacket {
    case 3:
      draft.note(
        "one in \(evidence.settings.amDropRate) new connections is dropped before this "
          + "(drop_packet is 3)")
    case 1, 2:
      draft.note(
        "while memory is low, new connections are dropped before this (drop_packet is "
          + "\(evidence.settings.dropPacket))")
    default: break
    }
  }

  // MARK: - Servers

  /// What is known of the table of mh.
  var maglevTable: Evidence.MaglevTable { evidence.maglevTable }

  /// The servers of a service that are not quiesced.
  func usable(of service: ListedService, _ packet: OpeningPacket) -> [Candidate] {
    service.servers.filter { $0.server.weight != .quiesced }.map {
      candidate($0.server, service, packet)
    }
  }

  /// A server of a service for a packet.
  func candidate(
    _ server: RealServer, _ service: ListedService, _ packet: OpeningPacket
  ) -> Candidate {
    var end = server.endpoint
    if let asked = packet.destinationPort {
      end.port = ServiceKey(service.service.identity).port(
        at: ServerKey(end), for: asked, isPersistent: service.service.persistence != nil)
    }
    return Candidate(end, forwarding: server.forwarding, weight: server.weight)
  }

  private func candidate(_ report: ConnectionReport, _ packet: OpeningPacket) -> Candidate {
    let server = report.service.flatMap { services[$0] }?.servers.first {
      ServerKey($0.server.endpoint) == report.server
    }
    let end = packet.destinationPort == nil ? report.server : report.end
    return Candidate(
      end.endpoint, forwarding: server?.server.forwarding ?? .masquerading,
      weight: server?.server.weight ?? .quiesced)
  }
}

extension Answer {
  /// No server gets the packet.
  ///
  /// - Parameter reason: What becomes of it.
  static func none(_ reason: String) -> Answer { Answer(.none, reason: reason, mayBeNone: true) }
}

extension Renewal {
  fileprivate var reason: String {
    switch self {
    case .quiesced: "the server's weight is 0, and expire_nodest_conn is 1"
    case .closed: "it is closed, and conn_reuse_mode is not 0"
    case .halfClosed: "the client has closed it, and conn_reuse_mode has bit 1"
    }
  }
}
