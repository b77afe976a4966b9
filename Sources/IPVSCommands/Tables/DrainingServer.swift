// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSPrograms
internal import IPVSRules

/// A server on its way out.
struct DrainingServer {
  let name: ServerIdentity

  /// The server as it was when it was found.
  let server: RealServer

  /// Whether its connections carry datagrams, which IPVS counts as inactive.
  let isDatagram: Bool

  /// The weight that a server had before it was drained earlier; nil where that is not known.
  var formerWeight: Weight?

  init(_ listed: ListedServer, of service: VirtualService) {
    server = listed.server
    name = ServerIdentity(listed.server.endpoint, of: service.identity)
    isDatagram =
      if case .endpoint(.udp, _) = service.identity { true } else { false }
    formerWeight = listed.server.weight == .quiesced ? nil : listed.server.weight
  }
}

extension ServerSelection {
  /// `10.0.0.12:8080`, and the service where one is named.
  var wording: MessageText {
    let place: MessageText = service.map { " of \($0.wording)" } ?? ""
    return "\(typedServer)\(place)"
  }

  /// The server as it was typed.
  var typedServer: String {
    port.map { "\(Endpoint(address, port: $0))" } ?? "\(address)"
  }

  /// The command that takes a drain back.
  func undrainCommand(_ session: Session) -> MessageText {
    let place: MessageText = service.map { " \($0.typed)" } ?? ""
    return "\(session.host.peer.command) --undrain\(place) -r \(typedServer)"
  }
}
