// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSAddresses
internal import IPVSBalancing
internal import IPVSClient
internal import IPVSDevices
internal import IPVSExplaining
internal import IPVSListing
internal import IPVSPrograms
internal import IPVSRules
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
    if isKernel { askKernel(&evidence) } else { askEngine(&evidence) }
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
    let kernel = RunningKernel()
    evidence.settings.kernel = kernel.release
    if evidence.services.contains(where: { $0.service.scheduler.text == "mh" }) {
      evidence.maglevTable = kernel.maglevTable
    }
    evidence.isLocal = DestinationRoute.isLocal
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

/// Whether packets to an address come to the director's IPVS.
enum DestinationRoute {
  /// - Returns: Nil where that is not known.
  static func isLocal(_ address: IPAddress) -> Bool? { RouteLookup.isLocal(address) }
}

/// What the kernel that runs tells of itself.
private struct RunningKernel {
  private let releaseText: String
  private let versionText: String

  init() {
    var name = utsname()
    uname(&name)
    releaseText = Self.text(name.release)
    versionText = Self.text(name.version)
  }

  private static func text(_ field: some Any) -> String {
    withUnsafeBytes(of: field) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// The release; the oldest or the newest that is known where it is none. Debian's kernels have their patch
  /// level in the version only: `#1 SMP Debian 6.1.176-1`.
  var release: KernelRelease {
    let words = versionText.split(separator: " ")
    let own = words.firstIndex(of: "Debian").flatMap { words.dropFirst($0 + 1).first }
    let text = own.map(String.init) ?? releaseText
    let digits = text.prefix { $0.isNumber || $0 == "." }.split(separator: ".").prefix(3)
    let numbers = digits.compactMap { UInt16($0) }
    guard numbers.count > 1 else { return .newest }
    return max(
      KernelRelease(numbers[0], numbers[1], numbers.count > 2 ? numbers[2] : 0), .oldest)
  }

  /// What the configuration of the kernel says of the table of mh.
  var maglevTable: Evidence.MaglevTable {
    guard let file = try? FileDescriptor(reading: "/boot/config-\(releaseText)") else {
      return .assumed
    }
    defer { file.close() }
    guard let content = try? file.readToEnd(atMost: 1 << 20) else { return .assumed }
    let lines = content.split(separator: UInt8(ascii: "\n")).map { ByteString($0) }
    guard lines.contains("CONFIG_64BIT=y") else { return .other }
    guard let index = lines.first(where: { $0.hasPrefix("CONFIG_IP_VS_MH_TAB_INDEX=") }) else {
      return .assumed
    }
    return index == "CONFIG_IP_VS_MH_TAB_INDEX=12" ? .known : .other
  }
}
