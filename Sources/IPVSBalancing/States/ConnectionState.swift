// SPDX-License-Identifier: Apache-2.0

/// A state of the connections of one protocol.
protocol ConnectionState: RawRepresentable<UInt8>, CaseIterable, Sendable {
  /// As listings show it.
  var name: StaticString { get }

  /// The default timeout of a connection in this state.
  var seconds: UInt32 { get }

  /// Counted as an active connection of its server.
  var isActive: Bool { get }

  /// Two letters for each state, in the order of their numbers: how tables of transitions name them.
  static var codes: [String] { get }
}

/// The direction of a packet.
enum PacketDirection: Int, CaseIterable {
  /// From the client.
  case inbound

  /// From the server.
  case outbound

  /// From the client of a server whose packets do not come by here (`IP_VS_DIR_INPUT_ONLY`).
  case inboundOnly
}

/// The state changes of an event.
struct Transition {
  let direction: PacketDirection
  let event: Int
  let changes: String

  /// - Parameter changes: Groups of states, each followed by `>` and the state that they change to.
  init<Event: RawRepresentable<Int>>(
    _ direction: PacketDirection, _ event: Event, _ changes: String
  ) {
    self.direction = direction
    self.event = event.rawValue
    self.changes = changes
  }
}

/// The next state by direction, event, and state. A state that no transition names stays.
struct TransitionTable<State: ConnectionState>: Sendable {
  private static var width: Int { 16 }

  private let events: Int
  private var next: [UInt8]

  init(events: Int, _ transitions: [Transition]) {
    self.events = events
    let row = (0..<UInt8(Self.width)).map { $0 }
    next = Array((0..<events * PacketDirection.allCases.count).map { _ in row }.joined())
    for transition in transitions { set(transition) }
  }

  /// The same table with other rows for some events.
  func replacing(_ transitions: [Transition]) -> TransitionTable {
    var table = self
    for transition in transitions {
      let row = table.row(transition.direction, transition.event)
      for state in 0..<Self.width { table.next[row + state] = UInt8(state) }
      table.set(transition)
    }
    return table
  }

  private func row(_ direction: PacketDirection, _ event: Int) -> Int {
    (direction.rawValue * events + event) * Self.width
  }

  private mutating func set(_ transition: Transition) {
    let row = row(transition.direction, transition.event)
    var changing: [Int] = []
    for word in transition.changes.split(separator: " ") {
      let parts = word.split(separator: ">").map { part in
        State.codes.firstIndex { $0 == part }
      }
      precondition(parts.allSatisfy { $0 != nil }, "no state in \(word)")
      changing += parts.prefix(1).compactMap(\.self)
      guard parts.count == 2, let result = parts[1] else { continue }
      for state in changing { next[row + state] = UInt8(result) }
      changing = []
    }
    precondition(changing.isEmpty, "states that change to none in \(transition.changes)")
  }

  /// The rows one behind the other, for the packets' path.
  var rows: [UInt8] { next }
}
