// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSBalancing
import IPVSText
import TestSupport
import Testing

@testable import IPVSNetlinkServer

/// An answerer and its clients, in one process.
final class Talk {
  private var netlinkServer: NetlinkServer
  private var session: NetlinkSession

  /// The recorded machine's network, which decides some replies and is in no message.
  static let recorded: HostNetwork = {
    let network = HostNetwork.Network(IPv4Address(0x0a09_0001), prefixLength: 16)
    return HostNetwork(
      networks: network.map { [$0] } ?? [], interfaces: ["lo": 65536, "d0": 1500])
  }()

  init(
    in hostInfo: HostNetwork = Talk.recorded, as kernel: KernelRelease = .oldest,
    isAdministrator: Bool = true
  ) {
    var settings = Settings()
    settings.kernel = kernel
    netlinkServer = NetlinkServer(Balancer(settings: settings, seed: 1), in: hostInfo)
    session = NetlinkSession(isAdministrator: isAdministrator)
  }

  /// Calls `body` with the balancer that answers.
  func withBalancer<Result>(_ body: (inout Balancer) throws -> Result) rethrows -> Result {
    try body(&netlinkServer.balancer)
  }

  /// Sends a datagram, and takes every datagram that comes back, whole messages all.
  @discardableResult
  func ask(_ datagram: [UInt8]) -> [[UInt8]] {
    send(datagram)
    var answers: [[UInt8]] = []
    while let answer = next() { answers.append(answer) }
    return answers
  }

  func send(_ datagram: [UInt8]) {
    netlinkServer.answer(datagram.span.bytes, for: &session)
  }

  /// How many bytes the answers take that were not taken yet.
  var bytesKept: Int { session.bytesOfReplies }

  func next() -> [UInt8]? { netlinkServer.nextDatagram(&session) }

  /// What is kept of a client other than the one that the talk is with.
  final class Client {
    fileprivate var session: NetlinkSession

    init(isAdministrator: Bool = true) {
      session = NetlinkSession(isAdministrator: isAdministrator)
    }
  }

  /// Does the same as another client.
  @discardableResult
  func ask(_ datagram: [UInt8], as client: Client) -> [[UInt8]] {
    swap(&session, &client.session)
    defer { swap(&session, &client.session) }
    return ask(datagram)
  }
}
