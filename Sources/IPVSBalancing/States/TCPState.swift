// SPDX-License-Identifier: Apache-2.0

/// The states of a TCP connection as a director infers them from packets
/// (include/net/ip_vs.h, `IP_VS_TCP_S_*`).
enum TCPState: UInt8, CaseIterable, ConnectionState {
  case none
  case established
  case synSent
  case synReceived
  case finWait
  case timeWait
  case close
  case closeWait
  case lastAck
  case listen
  case synAck

  var name: StaticString {
    switch self {
    case .none: "NONE"
    case .established: "ESTABLISHED"
    case .synSent: "SYN_SENT"
    case .synReceived: "SYN_RECV"
    case .finWait: "FIN_WAIT"
    case .timeWait: "TIME_WAIT"
    case .close: "CLOSE"
    case .closeWait: "CLOSE_WAIT"
    case .lastAck: "LAST_ACK"
    case .listen: "LISTEN"
    case .synAck: "SYNACK"
    }
  }

  var seconds: UInt32 {
    switch self {
    case .none: 2
    case .established: 900
    case .synReceived, .closeWait: 60
    case .synSent, .finWait, .timeWait, .listen, .synAck: 120
    case .close: 10
    case .lastAck: 30
    }
  }

  /// Counted as an active connection of its server (ip_vs_proto_tcp.c, `tcp_state_active`).
  var isActive: Bool {
    switch self {
    case .established, .synSent, .synReceived, .synAck: true
    default: false
    }
  }
}

/// The event of a TCP packet; of several flags the first in this order counts.
enum TCPEvent: Int, CaseIterable {
  case rst
  case syn
  case fin
  case ack

  /// Nil if none of the flags is set.
  init?(flags: UInt8) {
    if flags & 0x04 != 0 {
      self = .rst
    } else if flags & 0x02 != 0 {
      self = .syn
    } else if flags & 0x01 != 0 {
      self = .fin
    } else if flags & 0x10 != 0 {
      self = .ack
    } else {
      return nil
    }
  }
}

extension TCPState {
  /// The table of a director that is not under attack.
  static let transitions = TransitionTable<TCPState>(
    events: TCPEvent.allCases.count,
    [
      Transition(.inbound, TCPEvent.syn, "NO FW TW CL CW LA LI SA>SR SS>ES"),
      Transition(.inbound, TCPEvent.fin, "NO>CL ES>CW SR FW SA>TW"),
      Transition(.inbound, TCPEvent.ack, "NO SR SA>ES LA>CL"),
      Transition(.inbound, TCPEvent.rst, "NO ES SS FW TW CW>CL SA>SR"),
      Transition(.outbound, TCPEvent.syn, "NO FW TW CL CW LA>SS SA>SR"),
      Transition(.outbound, TCPEvent.fin, "NO SR CW SA>TW ES>FW"),
      Transition(.outbound, TCPEvent.ack, "NO SR LI SA>ES"),
      Transition(.outbound, TCPEvent.rst, "NO ES SR FW CW LA LI SA>CL"),
      Transition(.inboundOnly, TCPEvent.syn, "NO FW TW CL CW LA LI SA>SR SS>ES"),
      Transition(.inboundOnly, TCPEvent.fin, "NO>CL ES>FW SR SA>TW"),
      Transition(.inboundOnly, TCPEvent.ack, "NO SR SA>ES LA>CL"),
      Transition(.inboundOnly, TCPEvent.rst, "NO ES SS FW TW CW SA>CL"),
    ])

  /// The table against SYN floods (`secure_tcp`): only the server's answer establishes a connection.
  static let secureTransitions = transitions.replacing([
    Transition(.inbound, TCPEvent.syn, "NO FW TW CL CW LA LI>SR SS>ES"),
    Transition(.inbound, TCPEvent.fin, "NO>CL ES>CW SR FW>TW"),
    Transition(.inbound, TCPEvent.ack, "NO>ES LA>CL"),
    Transition(.inbound, TCPEvent.rst, "NO ES SS FW TW CW SA>CL"),
    Transition(.outbound, TCPEvent.syn, "NO FW TW CL CW LA>SS SR>SA"),
    Transition(.inboundOnly, TCPEvent.syn, "NO FW TW CL CW LA LI>SA SS>ES"),
  ])

  static let codes: [String] = ["NO", "ES", "SS", "SR", "FW", "TW", "CL", "CW", "LA", "LI", "SA"]
}
