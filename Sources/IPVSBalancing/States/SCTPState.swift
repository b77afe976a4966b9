// SPDX-License-Identifier: Apache-2.0

internal import IPVSPackets

/// The states of an SCTP association (include/net/ip_vs.h, `IP_VS_SCTP_S_*`).
enum SCTPState: UInt8, CaseIterable, ConnectionState {
  case none
  case init1
  case initiated
  case cookieSent
  case cookieReplied
  case cookieWait
  case cookie
  case cookieEchoed
  case established
  case shutdownSent
  case shutdownReceived
  case shutdownAckSent
  case rejected
  case closed

  var name: StaticString {
    switch self {
    case .none: "NONE"
    case .init1: "INIT1"
    case .initiated: "INIT"
    case .cookieSent: "C-SENT"
    case .cookieReplied: "C-REPLIED"
    case .cookieWait: "C-WAIT"
    case .cookie: "COOKIE"
    case .cookieEchoed: "C-ECHOED"
    case .established: "ESTABLISHED"
    case .shutdownSent: "S-SENT"
    case .shutdownReceived: "S-RECEIVED"
    case .shutdownAckSent: "S-ACK-SENT"
    case .rejected: "REJECTED"
    case .closed: "CLOSED"
    }
  }

  var seconds: UInt32 {
    switch self {
    case .none: 2
    case .init1, .rejected: 4
    case .established: 900
    default: 61
    }
  }

  var isActive: Bool { self == .established }
}

/// The event of a chunk of an SCTP packet.
enum SCTPEvent: Int, CaseIterable {
  case data
  case initiation
  case initiationAck
  case cookieEcho
  case cookieAck
  case shutdown
  case shutdownAck
  case shutdownComplete
  case error
  case abort

  /// Chunks that are neither setup nor end count as data, unknown ones too (RFC 9260, section 3.2).
  init(chunk: UInt8) {
    self =
      switch chunk {
      case 1: .initiation
      case 2: .initiationAck
      case 6: .abort
      case 7: .shutdown
      case 8: .shutdownAck
      case 9: .error
      case 10: .cookieEcho
      case 11: .cookieAck
      case 14: .shutdownComplete
      default: .data
      }
  }
}

extension SCTPState {
  static let transitions = TransitionTable<SCTPState>(
    events: SCTPEvent.allCases.count,
    [
      Transition(.inbound, SCTPEvent.data, "NO>ES"),
      Transition(.inbound, SCTPEvent.initiation, "NO>I1 I1 RJ CL>IN"),
      Transition(.inbound, SCTPEvent.initiationAck, "NO I1 IN>CW CW>CO"),
      Transition(.inbound, SCTPEvent.cookieEcho, "NO CS>CR I1>IN"),
      Transition(.inbound, SCTPEvent.cookieAck, "NO CE>ES"),
      Transition(.inbound, SCTPEvent.shutdown, "NO ES>SR"),
      Transition(.inbound, SCTPEvent.shutdownAck, "NO SS SA>CL I1>IN"),
      Transition(.inbound, SCTPEvent.shutdownComplete, "NO I1 IN SA>CL"),
      Transition(.inbound, SCTPEvent.error, "NO CE>CL"),
      Transition(.inbound, SCTPEvent.abort, "NO I1 IN CS CR CO CE ES SS SR SA RJ>CL CW>RJ"),
      Transition(.outbound, SCTPEvent.data, "NO>ES"),
      Transition(.outbound, SCTPEvent.initiation, "NO I1 IN CS CR CO CE SS SR SA RJ CL>CW"),
      Transition(.outbound, SCTPEvent.initiationAck, "NO I1 IN>CS"),
      Transition(.outbound, SCTPEvent.cookieEcho, "NO I1 IN CS CR CW CO>CE"),
      Transition(.outbound, SCTPEvent.cookieAck, "NO I1 IN CS CR CW CO CE>ES"),
      Transition(.outbound, SCTPEvent.shutdown, "NO I1 IN CS CR CW CO CE ES>SS"),
      Transition(.outbound, SCTPEvent.shutdownAck, "NO I1 IN CS CR SS SR>SA"),
      Transition(.outbound, SCTPEvent.shutdownComplete, "NO>CL"),
      Transition(.outbound, SCTPEvent.error, "NO I1 IN CS CR>CL"),
      Transition(.outbound, SCTPEvent.abort, "NO IN CS CR CW CO CE ES SS SR SA RJ>CL I1>RJ"),
      Transition(.inboundOnly, SCTPEvent.data, "NO CW>ES"),
      Transition(.inboundOnly, SCTPEvent.initiation, "NO>I1 I1 CS CR CW RJ CL>IN"),
      Transition(.inboundOnly, SCTPEvent.initiationAck, "NO I1 IN CS CR CW>CE"),
      Transition(.inboundOnly, SCTPEvent.cookieEcho, "NO I1 IN CS CR CW>ES"),
      Transition(.inboundOnly, SCTPEvent.cookieAck, "NO CS CR CO CE>ES"),
      Transition(.inboundOnly, SCTPEvent.shutdown, "NO ES>SR"),
      Transition(.inboundOnly, SCTPEvent.shutdownAck, "NO ES SS SA>CL I1>IN"),
      Transition(.inboundOnly, SCTPEvent.shutdownComplete, "NO I1 IN CS CR SR SA>CL"),
      Transition(.inboundOnly, SCTPEvent.error, "NO>CL"),
      Transition(.inboundOnly, SCTPEvent.abort, "NO I1 IN CS CR CO CE ES SS SR SA RJ>CL CW>RJ"),
    ])

  static let codes: [String] = [
    "NO", "I1", "IN", "CS", "CR", "CW", "CO", "CE", "ES", "SS", "SR", "SA", "RJ", "CL",
  ]
}

extension PacketHeader {
  /// The event of an SCTP packet.
  func sctpEvent(in packet: RawSpan) -> SCTPEvent {
    SCTPChunks(reading: packet, self).map { SCTPEvent(chunk: $0.decisive) } ?? .data
  }
}
