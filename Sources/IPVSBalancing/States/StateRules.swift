// SPDX-License-Identifier: Apache-2.0

/// State transitions and timeouts as flat tables, for the packet path.
struct StateRules {
  /// The state of a connection after a packet.
  struct Outcome {
    let state: UInt8

    /// Ticks.
    let timeout: UInt32
    let isActive: Bool
  }

  private struct Life {
    var timeout: UInt32
    var isActive: Bool
  }

  private let tcp: [UInt8]
  private let secureTCP: [UInt8]
  private let sctp: [UInt8]
  private var tcpLives: [Life]
  private let sctpLives: [Life]

  /// The timeout of established TCP connections in ticks.
  private(set) var establishedTimeout: UInt32 = 0

  private var udpTimeout: UInt32 = 0

  /// Whether the table against SYN floods applies (`secure_tcp`): to all TCP connections, existing ones
  /// included.
  var isSecure: Bool

  init(_ settings: Settings) {
    isSecure = Self.isSecure(settings)
    tcp = TCPState.transitions.rows
    secureTCP = TCPState.secureTransitions.rows
    sctp = SCTPState.transitions.rows
    tcpLives = Self.lives(TCPState.self)
    sctpLives = Self.lives(SCTPState.self)
    adopt(settings)
  }

  private static func lives<State: ConnectionState>(_ type: State.Type) -> [Life] {
    State.allCases.map { Life(timeout: ticks($0.seconds), isActive: $0.isActive) }
  }

  private static func ticks(_ seconds: UInt32) -> UInt32 {
    seconds &* UInt32(Instant.ticksPerSecond)
  }

  /// Whether a mode of `secure_tcp` asks for that table.
  static func isSecure(_ settings: Settings) -> Bool { settings.secureTcp > 1 }

  /// Adopts the timeouts of the settings.
  mutating func adopt(_ settings: Settings) {
    establishedTimeout = Self.ticks(settings.tcpTimeout)
    tcpLives[Int(TCPState.established.rawValue)].timeout = establishedTimeout
    tcpLives[Int(TCPState.finWait.rawValue)].timeout = Self.ticks(settings.tcpFinTimeout)
    udpTimeout = Self.ticks(settings.udpTimeout)
  }

  @inline(__always)
  func tcp(_ state: UInt8, flags: UInt8, _ direction: PacketDirection) -> Outcome {
    guard let event = TCPEvent(flags: flags) else {
      return outcome(TCPState.close.rawValue, tcpLives)
    }
    let row = direction.rawValue * TCPEvent.allCases.count + event.rawValue
    return outcome((isSecure ? secureTCP : tcp)[row * 16 + Int(state)], tcpLives)
  }

  func sctp(_ state: UInt8, _ event: SCTPEvent, _ direction: PacketDirection) -> Outcome {
    let row = direction.rawValue * SCTPEvent.allCases.count + event.rawValue
    return outcome(sctp[row * 16 + Int(state)], sctpLives)
  }

  /// UDP has one state, and no connection of it is ever active.
  var udp: Outcome { Outcome(state: 0, timeout: udpTimeout, isActive: false) }

  @inline(__always)
  private func outcome(_ state: UInt8, _ lives: [Life]) -> Outcome {
    let life = lives[Int(state)]
    return Outcome(state: state, timeout: life.timeout, isActive: life.isActive)
  }
}
