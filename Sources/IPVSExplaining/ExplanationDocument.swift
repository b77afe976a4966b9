// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSListing
internal import IPVSRules
package import IPVSText

extension JSONWriter {
  /// Writes the document of an explanation, on a line of its own (ipvsadm(8), `--json`).
  package mutating func document(of explanation: PacketExplanation) {
    object { json in
      json.field("schema", JSONRenderer.schema)
      json.object("packet") { $0.fields(of: explanation.packet) }
      json.array("steps") { json in
        for step in explanation.steps { json.object { $0.fields(of: step) } }
      }
      json.field("service", explanation.service?.words)
      json.field("server", explanation.answer.server.map { "\($0.endpoint)" })
      json.field("certainty", explanation.answer.certainty.rawValue)
      json.field("reason", explanation.answer.reason.isEmpty ? nil : explanation.answer.reason)
      json.field("may_be_none", explanation.answer.mayBeNone)
      json.array("candidates") { json in
        for candidate in explanation.answer.candidates {
          json.object { $0.fields(of: candidate) }
        }
      }
      json.array("remarks") { json in
        for remark in explanation.remarks { json.value(remark) }
      }
    }
    endLine()
  }

  private mutating func fields(of packet: OpeningPacket) {
    field("protocol", packet.transport.word)
    object("client") { $0.fields(packet.client, packet.clientPort) }
    object("destination") { $0.fields(packet.destination, packet.destinationPort) }
    field("mark", optional: packet.mark)
  }

  private mutating func fields(_ address: IPAddress, _ port: UInt16?) {
    field("address", address.description)
    field("port", optional: port)
  }

  private mutating func fields(of step: Step) {
    field("step", step.name.rawValue)
    field("result", step.result.rawValue)
    field("found", step.result == .found)
    field("reason", step.reason)
  }

  private mutating func fields(of candidate: Candidate) {
    field("server", "\(candidate.endpoint)")
    field("forward", candidate.forwarding.word)
    field("weight", candidate.weight.value)
    name("share")
    if let share = candidate.share { value(share.part, of: share.whole) } else { null() }
    field("part", optional: candidate.share?.part)
    field("whole", optional: candidate.share?.whole)
    field("unit", candidate.share?.unit.rawValue)
  }
}
