// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSListing
internal import IPVSPrograms
internal import IPVSRules

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
