// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSListing
internal import IPVSRules
internal import IPVSText

// Objects of the rule model as messages name them, and as they are typed.

extension TransportProtocol {
  var wording: String {
    switch self {
    case .tcp: "TCP"
    case .udp: "UDP"
    case .sctp: "SCTP"
    default: "protocol \(rawValue)"
    }
  }

  /// The option of a service over the protocol.
  var option: StaticString {
    switch self {
    case .udp: "-u"
    case .sctp: "--sctp-service"
    default: "-t"
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

  /// `-t 10.0.0.1:80` or `-f 5 -6`.
  var typed: String {
    switch self {
    case .endpoint(let transport, let endpoint): "\(transport.option) \(endpoint)"
    case .mark(let mark, .ipv4): "-f \(mark)"
    case .mark(let mark, .ipv6): "-f \(mark) -6"
    }
  }
}

extension VirtualService {
  /// The options of a command that makes the service as it is: `-t 10.0.0.1:80 -s wlc`.
  var typed: String {
    var text = TextBuffer()
    SaveListing(isFull: true).append(self, by: "-A", to: &text)
    return text.words(after: "-A ")
  }
}

extension RealServer {
  /// The options of a command that makes the server as it is, thresholds included:
  /// `-t 10.0.0.1:80 -r 10.0.0.2:80 -m -w 1`.
  func typed(in identity: ServiceIdentity) -> String {
    var text = TextBuffer()
    SaveListing(isFull: true).append(self, of: identity, by: "-a", to: &text)
    return text.words(after: "-a ")
  }
}

extension TextBuffer {
  /// The line without its end and without the command that it begins with.
  fileprivate func words(after command: StaticString) -> String {
    String(decoding: bytes.dropFirst(command.utf8CodeUnitCount).dropLast(), as: UTF8.self)
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
