// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses
public import IPVSText

/// The states of connections by the names that `ipvsadm -L -c` prints (kernel: `tcp_state_name_table`,
/// `sctp_state_name_table`, `ip_vs_state_name`).
public enum ConnectionStateName: String, Hashable, Sendable, CaseIterable {
  /// No state yet, of TCP and SCTP; a persistence template that one connection has used.
  case none = "NONE"

  /// A persistence template that a connection came back to.
  case assured = "ASSURED"

  /// Data flows, of TCP and SCTP.
  case established = "ESTABLISHED"

  /// `SYN_SENT` of TCP.
  case synSent = "SYN_SENT"

  /// `SYN_RECV` of TCP.
  case synReceived = "SYN_RECV"

  /// `FIN_WAIT` of TCP.
  case finWait = "FIN_WAIT"

  /// `TIME_WAIT` of TCP.
  case timeWait = "TIME_WAIT"

  /// `CLOSE` of TCP.
  case close = "CLOSE"

  /// `CLOSE_WAIT` of TCP.
  case closeWait = "CLOSE_WAIT"

  /// `LAST_ACK` of TCP.
  case lastAck = "LAST_ACK"

  /// `LISTEN` of TCP.
  case listen = "LISTEN"

  /// `SYNACK` of TCP.
  case synAck = "SYNACK"

  /// A flow of datagrams.
  case udp = "UDP"

  /// `INIT1` of SCTP.
  case init1 = "INIT1"

  /// `INIT` of SCTP.
  case initiated = "INIT"

  /// `C-SENT` of SCTP.
  case cookieSent = "C-SENT"

  /// `C-REPLIED` of SCTP.
  case cookieReplied = "C-REPLIED"

  /// `C-WAIT` of SCTP.
  case cookieWait = "C-WAIT"

  /// `COOKIE` of SCTP.
  case cookie = "COOKIE"

  /// `C-ECHOED` of SCTP.
  case cookieEchoed = "C-ECHOED"

  /// `S-SENT` of SCTP.
  case shutdownSent = "S-SENT"

  /// `S-RECEIVED` of SCTP.
  case shutdownReceived = "S-RECEIVED"

  /// `S-ACK-SENT` of SCTP.
  case shutdownAckSent = "S-ACK-SENT"

  /// `REJECTED` of SCTP.
  case rejected = "REJECTED"

  /// `CLOSED` of SCTP.
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
