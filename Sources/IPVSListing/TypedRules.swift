// SPDX-License-Identifier: Apache-2.0

package import IPVSAddresses
package import IPVSRules
internal import IPVSText

// Objects of the rule model as they are typed.

extension TransportProtocol {
  /// The option of a service over the protocol.
  package var option: StaticString {
    switch self {
    case .udp: "-u"
    case .sctp: "--sctp-service"
    default: "-t"
    }
  }
}

extension ServiceIdentity {
  /// `-t 10.0.0.1:80` or `-f 5 -6`.
  package var typed: String {
    switch self {
    case .endpoint(let transport, let endpoint): "\(transport.option) \(endpoint)"
    case .mark(let mark, .ipv4): "-f \(mark)"
    case .mark(let mark, .ipv6): "-f \(mark) -6"
    }
  }
}

extension VirtualService {
  /// The options of a command that makes the service as it is: `-t 10.0.0.1:80 -s wlc`.
  package var typed: String {
    var text = TextBuffer()
    SaveListing(isFull: true).append(self, by: "-A", to: &text)
    return text.words(after: "-A ")
  }
}

extension RealServer {
  /// The options of a command that makes the server as it is, thresholds included:
  /// `-t 10.0.0.1:80 -r 10.0.0.2:80 -m -w 1`.
  package func typed(in identity: ServiceIdentity) -> String {
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
