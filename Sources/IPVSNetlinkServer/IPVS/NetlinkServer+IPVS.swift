// SPDX-License-Identifier: Apache-2.0

internal import IPVSBalancing
internal import IPVSNetlinkFormat
internal import IPVSProtocol

extension NetlinkServer {
  /// 1.2.1, the kernel's IPVS version since 2003.
  private static let ipvsVersion: UInt32 = 0x010201

  /// The kernel's default connection table size. The engine's table grows as needed.
  private static let connectionTableSize: UInt32 = 4096

  /// Carries out a request to the IPVS family.
  mutating func carryOut(
    _ command: IPVSFamily.Command, _ message: RawSpan, _ header: MessageHeader,
    _ session: inout NetlinkSession
  ) throws(KernelError) {
    // A refused change counts as well: a refusal does not promise that all is as before.
    if command.changesRules { generation &+= 1 }
    let top = try Attributes<IPVSFamily.Part>(message, in: Self.attributes(message))
    switch command {
    case .newDaemon:
      let daemon = try DaemonRequest(message, top)
      try balancer.startDaemon(daemon.role, try daemon.settings(message), hostInfo)
    case .deleteDaemon: try balancer.stopDaemon(try DaemonRequest(message, top).role)
    case .getService, .getTimeouts, .getInfo:
      try answer(command, message, top, header, &session)
    case .flush: balancer.flush()
    case .setTimeouts: try setTimeouts(message, top)
    case .zero where top[.service] == nil: try balancer.zero(nil)
    case .newService, .setService, .deleteService, .zero:
      try changeService(command, message, top)
    case .newServer, .setServer, .deleteServer: try changeServer(command, message, top)
    case .getServer, .getDaemon, .setInfo: throw .unsupported
    }
  }

  /// Answers a request of the engine's own family for what is one value.
  mutating func answer(
    _ command: EngineFamily.Command?, _ header: MessageHeader, _ session: inout NetlinkSession
  ) {
    guard let command else { return }
    let generation = generation
    let settings = command == .getSettings ? settingsLines : []
    reply(to: header, &session) { writer, header in
      writer.message(
        type: header.type, flags: [], sequence: header.sequence, port: header.port,
        command: command.rawValue, version: EngineFamily.version
      ) { message in
        if command == .getSettings {
          message.attribute(EngineFamily.Part.settings.rawValue, bytes: settings)
        } else {
          message.attribute(EngineFamily.Part.generation.rawValue, number: generation)
        }
      }
    }
  }

  /// A line for each setting.
  private var settingsLines: [UInt8] {
    let settings = balancer.settings
    let lines = settings.values.map { "\($0.name) \($0.value)\n" } + ["kernel \(settings.kernel)\n"]
    return lines.flatMap { Array($0.utf8) }
  }

  private mutating func changeService(
    _ command: IPVSFamily.Command, _ message: RawSpan, _ top: Attributes<IPVSFamily.Part>
  ) throws(KernelError) {
    let request = try ServiceRequest(message, top)
    switch command {
    case .newService, .setService:
      let before = balancer.service(request.key)?.settings
      let settings = try request.settings(message, before: before)
      if command == .newService {
        try balancer.addService(request.key, settings)
      } else {
        try balancer.editService(request.key, settings)
      }
    case .deleteService: try balancer.deleteService(request.key)
    default: try balancer.zero(request.key)
    }
  }

  private mutating func changeServer(
    _ command: IPVSFamily.Command, _ message: RawSpan, _ top: Attributes<IPVSFamily.Part>
  ) throws(KernelError) {
    let service = try ServiceRequest(message, top).key
    guard balancer.hasService(service) else { throw .serviceAbsent }
    let request = try ServerRequest(
      message, top, in: service.family, isFull: command != .deleteServer)
    guard let settings = request.settings else {
      try balancer.deleteServer(request.key, of: service)
      return
    }
    if command == .newServer {
      try balancer.addServer(request.key, to: service, settings, hostInfo)
    } else {
      try balancer.editServer(request.key, of: service, settings)
    }
  }

  private mutating func setTimeouts(
    _ message: RawSpan, _ top: Attributes<IPVSFamily.Part>
  ) throws(KernelError) {
    try balancer.setTimeouts(
      tcp: top.number(.tcpTimeout, message) ?? 0, tcpFin: top.number(.tcpFinTimeout, message) ?? 0,
      udp: top.number(.udpTimeout, message) ?? 0)
  }

  /// Answers a request that has a single reply. Replies carry the commands of changes.
  private mutating func answer(
    _ command: IPVSFamily.Command, _ message: RawSpan, _ top: Attributes<IPVSFamily.Part>,
    _ header: MessageHeader, _ session: inout NetlinkSession
  ) throws(KernelError) {
    switch command {
    case .getService:
      let key = try ServiceRequest(message, top).key
      guard let service = balancer.service(key) else { throw .serviceAbsent }
      reply(to: header, &session) { writer, header in
        writer.message(.newService, to: header) { $0.write(service) }
      }
    case .getTimeouts:
      typealias Key = IPVSFamily.Part
      let settings = balancer.settings
      reply(to: header, &session) { writer, header in
        writer.message(.setTimeouts, to: header) { writer in
          writer.attribute(Key.tcpTimeout.rawValue, number: settings.tcpTimeout)
          writer.attribute(Key.tcpFinTimeout.rawValue, number: settings.tcpFinTimeout)
          writer.attribute(Key.udpTimeout.rawValue, number: settings.udpTimeout)
        }
      }
    default:
      typealias Key = IPVSFamily.Info
      reply(to: header, &session) { writer, header in
        writer.message(.setInfo, to: header) { writer in
          writer.attribute(Key.version.rawValue, number: Self.ipvsVersion)
          writer.attribute(Key.connectionTableSize.rawValue, number: Self.connectionTableSize)
        }
      }
    }
  }
}

extension IPVSFamily.Command {
  /// Whether the command changes services, servers, timeouts, or daemons.
  fileprivate var changesRules: Bool {
    switch self {
    case .newService, .setService, .deleteService, .newServer, .setServer, .deleteServer,
      .newDaemon, .deleteDaemon, .setTimeouts, .flush:
      true
    case .getService, .getServer, .getDaemon, .getTimeouts, .getInfo, .setInfo, .zero: false
    }
  }
}

extension MessageWriter {
  /// Appends a reply of the IPVS family.
  mutating func message(
    _ command: IPVSFamily.Command, to request: MessageHeader, flags: MessageFlags = [],
    _ attributes: (inout MessageWriter) -> Void
  ) {
    message(
      type: request.type, flags: flags, sequence: request.sequence, port: request.port,
      command: command.rawValue, version: IPVSFamily.version, attributes: attributes)
  }
}
