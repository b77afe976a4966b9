// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses
public import IPVSText

/// The states of connections by the names that `ipvsadm -L -c` prints (kernel: `tcp_state_name_table`,
/// `sctp_state_name_table`, `ip_vs_state_name`).
public enum ConnectionStateName: String, Hashable, Sendable, CaseIterable {
  case none = "NONE"

  /// A persistence template that a connection came back to.
  case assured = "ASSURED"
  case established = "ESTABLISHED"
  case synSent = "SYN_SENT"
  case synReceived = "SYN_RECV"
  case finWait = "FIN_WAIT"
  case timeWait = "TIME_WAIT"
  case close = "CLOSE"
  case closeWait = "CLOSE_WAIT"
  case lastAck = "LAST_ACK"
  case listen = "LISTEN"
  case synAck = "SYNACK"

  /// A flow of datagrams.
  case udp = "UDP"
  case init1 = "INIT1"
  case initiated = "INIT"
  case cookieSent = "C-SENT"
  case cookieReplied = "C-REPLIED"
  case cookieWait = "C-WAIT"
  case cookie = "COOKIE"
  case cookieEchoed = "C-ECHOED"
  case shutdownSent = "S-SENT"
  case shutdownReceived = "S-RECEIVED"
  case shutdownAckSent = "S-ACK-SENT"
  case rejected = "REJECTED"
  case closed = "CLOSED"

  /// The state of a name in letters of either case.
  public init?(anyCase name: ByteString) {
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    self.init(
      rawValue: ByteString(name.bytes.map { letters.contains($0) ? $0 ^ 0x20 : $0 }).description)
  }

  /// The states of persistence templates.
  public static let ofTemplates: [ConnectionStateName] = [.none, .assured]

  /// The states of the connections over a protocol, in their order.
  public static func states(over transport: TransportProtocol) -> [ConnectionStateName] {
    switch transport {
    case .tcp:
      [
        .none, .established, .synSent, .synReceived, .finWait, .timeWait, .close, .closeWait,
        .lastAck, .listen, .synAck,
      ]
    case .udp: [.udp]
    case .sctp:
      [
        .none, .init1, .initiated, .cookieSent, .cookieReplied, .cookieWait, .cookie, .cookieEchoed,
        .established, .shutdownSent, .shutdownReceived, .shutdownAckSent, .rejected, .closed,
      ]
    default: [.none]
    }
  }
}
