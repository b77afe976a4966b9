// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSBalancing
internal import IPVSRules

/// An explanation that is being made.
struct Draft {
  var explanation: PacketExplanation

  /// The packet as a balancer has it. A port that is not given is one that no service has.
  let flow: Flow

  /// The answer if the packet belongs to a connection that may be over.
  var unclear: Answer?

  /// Whether the packet comes by `drop_packet`.
  var dropsForDefence = false

  init(_ packet: OpeningPacket) {
    explanation = PacketExplanation(packet)
    flow = Flow(
      family: packet.client.family, source: packet.client.number,
      sourcePort: packet.clientPort ?? 0, destination: packet.destination.number,
      destinationPort: packet.destinationPort ?? Self.anyPort)
  }

  /// Not 0, the port of services by mark, which no packet has.
  private static var anyPort: UInt16 { 1 }

  var packet: OpeningPacket { explanation.packet }
  var mark: UInt32 { packet.mark ?? 0 }
  var transport: UInt8 { UInt8(truncatingIfNeeded: packet.transport.rawValue) }

  /// The destination, with its port where that is given.
  var destination: String {
    packet.destinationPort.map { "\(Endpoint(packet.destination, port: $0))" }
      ?? "\(packet.destination)"
  }

  var answer: Answer {
    get { explanation.answer }
    set { explanation.answer = newValue }
  }

  var unmarked: Answer? {
    get { explanation.unmarked }
    set { explanation.unmarked = newValue }
  }

  var service: ServiceIdentity? {
    get { explanation.service }
    set { explanation.service = newValue }
  }

  mutating func add(_ name: Step.Name, _ result: Step.Result, _ reason: String) {
    explanation.steps.append(Step(name, result, reason))
  }

  /// Adds the last step.
  mutating func end(
    _ name: Step.Name, _ result: Step.Result, _ reason: String, _ answer: Answer
  ) {
    add(name, result, reason)
    self.answer = answer
  }

  mutating func note(_ remark: String) {
    explanation.remarks.append(remark)
  }
}
