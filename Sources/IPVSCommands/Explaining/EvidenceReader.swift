// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSBalancing
internal import IPVSClient
internal import IPVSExplaining
internal import IPVSHost
internal import IPVSListing
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSockets
internal import IPVSSystem
internal import IPVSText

/// Reads from a director, and from the machine that it runs on, what decides about packets.
struct EvidenceReader {
  let session: Session

  /// A failure that is told already.
  struct Failure: Error {
    let status: ExitStatus
  }

  private var isKernel: Bool { session.host.peer == .kernel }

  /// Reads the evidence about packets.
  func read(for packets: [OpeningPacket]) -> Result<Evidence, Failure> {
    let picture: Picture
    switch session.picture() {
    case .success(let read): picture = read
    case .failure(let error):
      return .failure(Failure(status: Execution(session: session).fail(error, .usage)))
    }
    var evidence = Evidence(picture.table.services)
    evidence.hasBackupDaemon = picture.daemons.contains { $0.role == .backup }
    if isKernel {
      askKernel(&evidence)
      evidence.isLocal = locality(of: packets)
    } else {
      askEngine(&evidence)
    }
    do throws(ConnectionsError) {
      evidence.connections = try connections(
        ConnectionSelection(for: packets, at: picture.table.services))
    } catch {
      session.output.report(session.diagnostic(ofReadingConnections: error))
      return .failure(Failure(status: .usage))
    }
    return .success(evidence)
  }

  // MARK: - Connections

  /// Reads the connections that may decide, without holding others.
  private func connections(
    _ selection: ConnectionSelection
  ) throws(ConnectionsError) -> [ListedConnection] {
    guard !selection.isEmpty else { return [] }
    // While one connection takes the place of another, both are listed: the new one lasts longer.
    var kept: [ListedEnds: ListedConnection] = [:]
    try session.readConnections { rows, text in
      while let row = rows.next(in: text) {
        guard selection.selects(row, in: text) else { continue }
        let connection = ListedConnection(row, in: text)
        let ends = ListedEnds(connection)
        if let other = kept[ends], other.seconds > connection.seconds { continue }
        kept[ends] = connection
      }
      return true
    }
    return Array(kept.values)
  }

  // MARK: - Settings

  private func askKernel(_ evidence: inout Evidence) {
    let folder = "/proc/sys/net/ipv4/vs"
    var found = 0
    for name in Settings.names {
      guard let value = SystemSetting(path: "\(folder)/\(name)").value.flatMap({ Int32($0) })
      else { continue }
      found += 1
      try? evidence.settings.set(ByteString(stringLiteral: name), to: value)
    }
    if found == 0 { evidence.unreadSettings.append("net.ipv4.vs.*") }
    evidence.tracksConnections =
      SystemSetting(path: "\(folder)/conntrack").value.map { $0 != "0" }
      ?? false
    let start = SystemSetting(path: "/proc/sys/net/ipv4/ip_unprivileged_port_start").value
    if let start = start.flatMap({ UInt16($0) }) { evidence.settings.firstUnprivilegedPort = start }
    let kernel = RunningKernel.current
    evidence.settings.kernel = kernel.known
    if evidence.services.contains(where: { $0.service.scheduler.text == "mh" }) {
      evidence.maglevTable = kernel.maglevTable
    }
  }

  /// Whether the destinations of packets are addresses of this machine; none where the kernel does not say.
  private func locality(of packets: [OpeningPacket]) -> [IPAddress: Bool] {
    let questions = Array(Set(packets.map { RouteQuestion($0.destination) }))
    guard var socket = try? RouteSocket(.kernel), let answers = try? socket.routes(questions) else {
      return [:]
    }
    let pairs = zip(questions, answers).map { ($0.destination, $1.route?.kind == .local) }
    return Dictionary(pairs, uniquingKeysWith: { $1 })
  }

  /// Asks an engine; the defaults where it has no answer, as a program in its place that is no ipvs-engine.
  private func askEngine(_ evidence: inout Evidence) {
    evidence.maglevTable = .known
    guard
      let settings = try? session.withDirector({ director throws(DirectorError) in
        try director.engineSettings()
      })
    else {
      evidence.unreadSettings.append("those of the engine")
      return
    }
    for (name, value) in settings {
      if name == "kernel" {
        evidence.settings.kernel = KernelRelease(value) ?? .newest
      } else if let number = Int32(value.description) {
        try? evidence.settings.set(name, to: number)
      }
    }
  }
}

/// The ends of a connection or a template: what tells it from others.
private struct ListedEnds: Hashable {
  let transport: ByteString
  let client: Endpoint
  let service: Endpoint
  let isTemplate: Bool

  init(_ connection: ListedConnection) {
    transport = connection.transport
    client = connection.client
    service = connection.service
    isTemplate = connection.isTemplate
  }
}

extension RunningKernel {
  /// The release that a balancer does as: the oldest or the newest that is known where it is none.
  fileprivate var known: KernelRelease {
    guard numbers[0] > 0 else { return .newest }
    let parts = numbers.map { UInt16(clamping: $0) }
    return max(KernelRelease(parts[0], parts[1], parts[2]), .oldest)
  }

  /// What the configuration of the kernel says of the table of mh.
  fileprivate var maglevTable: Evidence.MaglevTable {
    guard let content = try? HostFiles().content(of: "/boot/config-\(release)", atMost: 1 << 20)
    else { return .assumed }
    let lines = content.split(separator: UInt8(ascii: "\n")).map { ByteString($0) }
    guard lines.contains("CONFIG_64BIT=y") else { return .other }
    guard let index = lines.first(where: { $0.hasPrefix("CONFIG_IP_VS_MH_TAB_INDEX=") }) else {
      return .assumed
    }
    return index == "CONFIG_IP_VS_MH_TAB_INDEX=12" ? .known : .other
  }
}
