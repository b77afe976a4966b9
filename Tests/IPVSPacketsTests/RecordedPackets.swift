// SPDX-License-Identifier: Apache-2.0

import IPVSPackets
import TestSupport
import Testing

/// What a kernel received and what it then sent: `Tests/Recordings/nat`.
struct RecordedPackets: Decodable {
  struct Step: Decodable {
    let name: String?
    let received: String?
    let toClients: [String]?
    let toServers: [String]?

    enum CodingKeys: String, CodingKey {
      case name
      case received = "in_hex"
      case toClients = "out_c"
      case toServers = "out_s"
    }
  }

  let steps: [Step]

  /// A packet, and one that was sent because of it.
  struct Pair: CustomTestStringConvertible {
    let testDescription: String
    let received: [UInt8]
    let sent: [UInt8]
    let isToServer: Bool
  }

  static let pairs: [Pair] = RecordingFolder.load("nat", as: RecordedPackets.self).flatMap { file in
    file.content.steps.flatMap { step in pairs(of: step, in: file.name) }
  }

  /// All packets of the recordings.
  static let packets: [[UInt8]] = pairs.flatMap { [$0.received, $0.sent] }

  private static func pairs(of step: Step, in file: String) -> [Pair] {
    guard let received = step.received.flatMap(Hex.bytes) else { return [] }
    func pair(_ text: String, isToServer: Bool) -> Pair {
      guard let sent = Hex.bytes(text) else { preconditionFailure("\(file): not hexadecimal") }
      return Pair(
        testDescription: "\(file): \(step.name ?? "")", received: received, sent: sent,
        isToServer: isToServer)
    }
    return (step.toClients ?? []).map { pair($0, isToServer: false) }
      + (step.toServers ?? []).map { pair($0, isToServer: true) }
  }
}
