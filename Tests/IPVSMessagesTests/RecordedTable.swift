// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSMessages
import IPVSRules
import IPVSText
import TestSupport

/// The table that the kernel of the recordings must have had before a request: the changes that it
/// acknowledged, applied one by one.
struct RecordedTable {
  private(set) var services: [ServiceIdentity: VirtualService] = [:]
  private(set) var servers: [ServiceIdentity: [RealServer]] = [:]

  init(before id: Int) {
    for recorded in Recordings.requests where recorded.id < id && recorded.failure == 0 {
      guard case .change(let change) = Self.meaning(recorded) else { continue }
      apply(change)
    }
  }

  private static func meaning(_ recorded: RecordedRequest) -> Request? {
    if let change = asCarriedOut[recorded.id] { return .change(change) }
    return RequestTable.byHand[recorded.id] ?? recorded.asRequest
  }

  /// The effect of recorded requests that our model cannot express.
  private static let asCarriedOut: [Int: Change] = [
    // Flags outside the mask, and a mask that is not sent, change nothing.
    40: add(RequestTable.tcp(88)),
    41: add(RequestTable.tcp(89)),
    // A short address ends in zeros, and a long number is read from its beginning.
    43: add(.endpoint(.tcp, Endpoint(.v4(IPv4Address(0x0a00_0003)), port: 90))),
    45: add(.endpoint(.tcp, Endpoint(.v4(IPv4Address(0)), port: 91))),
    47: add(RequestTable.tcp(92)),
    // Without persistence its timeout is not seen.
    50: add(RequestTable.tcp(93)),
    // Mark 0 is no mark.
    58: add(.endpoint(.tcp, Endpoint(.v4(IPv4Address(0)), port: 0))),
    // The kernel ignores unknown attributes; the last of two wins.
    73: add(RequestTable.tcp(99)),
    74: add(RequestTable.tcp(100)),
    75: add(RequestTable.tcp(102)),
    87: .editService(
      VirtualService(RequestTable.tcp(80), scheduler: .roundRobin, persistence: 50)),
    88: .editService(
      VirtualService(RequestTable.tcp(80), scheduler: .roundRobin, persistence: 60)),
    150: .addServer(server(0x0a02_0209, tunnel: Tunnel(.gue, port: 9)), to: RequestTable.tcp(80)),
    // Family 0 is that of the service.
    153: .addServer(server(0x0a02_020b), to: RequestTable.tcp(80)),
  ]

  private static func add(_ identity: ServiceIdentity) -> Change {
    .addService(VirtualService(identity, scheduler: .roundRobin))
  }

  private static func server(_ address: UInt32, tunnel: Tunnel? = nil) -> RealServer {
    RealServer(
      Endpoint(.v4(IPv4Address(address)), port: 80),
      forwarding: tunnel == nil ? .masquerading : .tunneling, tunnel: tunnel ?? Tunnel())
  }

  private mutating func apply(_ change: Change) {
    switch change {
    case .addService(let service), .editService(let service):
      var service = service
      // The kernel's own flag (IP_VS_SVC_F_HASHED) is not part of a rule.
      service.flags.remove(ServiceFlags(rawValue: 0x2))
      if service.engine?.text.isEmpty == true { service.engine = nil }
      services[service.identity] = service
    case .deleteService(let identity):
      services[identity] = nil
      servers[identity] = nil
    case .addServer(let server, to: let identity):
      servers[identity, default: []].insert(Self.kept(server), at: 0)
    case .editServer(let server, of: let identity):
      servers[identity] = servers[identity]?.map {
        $0.endpoint == server.endpoint ? Self.kept(server) : $0
      }
    case .deleteServer(let endpoint, of: let identity):
      servers[identity]?.removeAll { $0.endpoint == endpoint }
    case .flush:
      services = [:]
      servers = [:]
    case .zero, .setTimeouts, .startDaemon, .stopDaemon: break
    }
  }

  /// The kernel keeps three bits of the method (IP_VS_CONN_F_FWD_MASK).
  private static func kept(_ server: RealServer) -> RealServer {
    var server = server
    server.forwarding = ForwardingMethod(rawValue: server.forwarding.rawValue & 7)
    return server
  }
}
