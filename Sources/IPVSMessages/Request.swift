// SPDX-License-Identifier: Apache-2.0

public import IPVSNetlinkFormat
public import IPVSProtocol
public import IPVSRules

/// A request to the IPVS family.
public enum Request: Hashable, Sendable {
  case change(Change)
  case info
  case timeouts

  /// One service, without its servers.
  case service(ServiceIdentity)

  case allServices
  case servers(of: ServiceIdentity)
  case daemons

  public var command: IPVSFamily.Command {
    switch self {
    case .change(let change): change.command
    case .info: .getInfo
    case .timeouts: .getTimeouts
    case .service, .allServices: .getService
    case .servers: .getServer
    case .daemons: .getDaemon
    }
  }

  /// Whether the reply is a dump: a message for each entry, and one that ends it.
  public var isDump: Bool {
    switch self {
    case .allServices, .servers, .daemons: true
    case .change, .info, .timeouts, .service: false
    }
  }

  /// Appends the message to a datagram.
  ///
  /// - Parameter acknowledged: Whether the kernel reports success too. It always reports errors.
  public func write(
    to writer: inout MessageWriter, family: UInt16, sequence: UInt32, port: UInt32,
    acknowledged: Bool
  ) {
    if case .change(let change) = self {
      change.writeRequest(
        to: &writer, family: family, sequence: sequence, port: port, acknowledged: acknowledged)
      return
    }
    var flags: MessageFlags = [.request]
    if isDump { flags.formUnion(.dump) }
    if acknowledged { flags.formUnion(.acknowledge) }
    writer.message(
      type: family, flags: flags, sequence: sequence, port: port, command: command.rawValue,
      version: IPVSFamily.version
    ) { writer in
      switch self {
      case .service(let identity), .servers(of: let identity):
        ServiceMessage.write(identity, to: &writer)
      case .change, .info, .timeouts, .allServices, .daemons: break
      }
    }
  }
}

extension Change {
  /// Appends the request for this change to a datagram. Wrapping the change in a `Request` would copy it,
  /// which costs as much as the encoding.
  public func writeRequest(
    to writer: inout MessageWriter, family: UInt16, sequence: UInt32, port: UInt32,
    acknowledged: Bool
  ) {
    writer.message(
      type: family, flags: acknowledged ? [.request, .acknowledge] : [.request],
      sequence: sequence, port: port, command: command.rawValue, version: IPVSFamily.version
    ) { writer in write(to: &writer) }
  }
}

extension Change {
  fileprivate var command: IPVSFamily.Command {
    switch self {
    case .addService: .newService
    case .editService: .setService
    case .deleteService: .deleteService
    case .addServer: .newServer
    case .editServer: .setServer
    case .deleteServer: .deleteServer
    case .flush: .flush
    case .zero: .zero
    case .setTimeouts: .setTimeouts
    case .startDaemon: .newDaemon
    case .stopDaemon: .deleteDaemon
    }
  }

  fileprivate func write(to writer: inout MessageWriter) {
    switch self {
    case .addService(let service), .editService(let service):
      ServiceMessage.write(service, to: &writer)
    case .deleteService(let identity):
      ServiceMessage.write(identity, to: &writer)
    case .addServer(let server, to: let identity), .editServer(let server, of: let identity):
      ServiceMessage.write(identity, to: &writer)
      ServerMessage.write(server, to: &writer)
    case .deleteServer(let endpoint, of: let identity):
      ServiceMessage.write(identity, to: &writer)
      ServerMessage.write(endpoint, to: &writer)
    case .zero(let identity):
      if let identity { ServiceMessage.write(identity, to: &writer) }
    case .flush:
      break
    case .setTimeouts(let timeouts):
      TimeoutsMessage.write(timeouts, to: &writer)
    case .startDaemon(let daemon):
      DaemonMessage.write(daemon, to: &writer)
    case .stopDaemon(let role, let syncID):
      DaemonMessage.write(role, syncID: syncID, to: &writer)
    }
  }
}
