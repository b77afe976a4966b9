// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSRules

// Objects of the rule model as messages name them.

extension TransportProtocol {
  var wording: String {
    switch self {
    case .tcp: "TCP"
    case .udp: "UDP"
    case .sctp: "SCTP"
    default: "protocol \(rawValue)"
    }
  }
}

extension ServiceIdentity {
  /// `TCP 10.0.0.1:80` or `firewall mark 5, IPv6`.
  var wording: String {
    switch self {
    case .endpoint(let transport, let endpoint): "\(transport.wording) \(endpoint)"
    case .mark(let mark, .ipv4): "firewall mark \(mark)"
    case .mark(let mark, .ipv6): "firewall mark \(mark), IPv6"
    }
  }
}

extension SyncDaemon.Role {
  var wording: String {
    switch self {
    case .master: "master"
    case .backup: "backup"
    }
  }
}
