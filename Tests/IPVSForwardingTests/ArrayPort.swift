// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSBalancing
import IPVSPackets
import Testing

@testable import IPVSForwarding

/// A port made of arrays: gives packets in batches, and keeps what is sent.
struct ArrayPort: PacketPort, ~Copyable {
  struct Sent: Equatable {
    var egress: Egress
    var offload: PacketOffload
    var bytes: [UInt8]

    var nextHop: IPAddress? { if case .nextHop(let address) = egress { address } else { nil } }
  }

  private final class Slot { let memory = FrameMemory() }

  let capabilities: PortCapabilities

  /// What `send` answers.
  var accepts = true

  private var waiting: ArraySlice<(bytes: [UInt8], offload: PacketOffload)>
  private let slots: [Slot]

  private(set) var sent: [Sent] = []

  /// The number of packets that had been sent at the last flush, and the number of flushes.
  private(set) var flushed = 0
  private(set) var flushes = 0

  init(
    _ packets: [[UInt8]], offload: PacketOffload = PacketOffload(),
    _ router: PortCapabilities.Router = .system(restoresTimeToLive: true), batch: Int = 1
  ) {
    waiting = ArraySlice(packets.map { ($0, offload) })
    capabilities = PortCapabilities(router: router, hasSegments: true)
    slots = (0..<batch).map { _ in Slot() }
  }

  mutating func append(_ packet: [UInt8]) { waiting.append((packet, PacketOffload())) }

  mutating func receive(into batch: inout PacketBatch) throws(Never) {
    for slot in slots {
      guard let packet = waiting.popFirst() else { return }
      batch.append(slot.memory.copy(packet.bytes, packet.offload))
    }
  }

  mutating func send(_ frame: PacketFrame, _ egress: Egress) -> Bool {
    sent.append(Sent(egress: egress, offload: frame.offload, bytes: Array(frame.packet)))
    // A port may write a header of its own there.
    for index in 0..<PacketFrame.portRoom { frame.withRoom(PacketFrame.portRoom)[index] = 0xff }
    return accepts
  }

  mutating func flush() throws(Never) {
    flushed = sent.count
    flushes += 1
  }
}

extension FrameMemory {
  func copy(_ packet: [UInt8], _ offload: PacketOffload = PacketOffload()) -> PacketFrame {
    var frame = packet.withUnsafeBytes { copy($0) }
    frame.offload = offload
    return frame
  }
}

/// A port that loses or duplicates the packets that another one receives.
struct FaultPort<Base: PacketPort & ~Copyable>: PacketPort, ~Copyable {
  enum Fault {
    case none
    case loss
    case duplicate
  }

  var base: Base

  /// The fault of each packet that the base receives, in turn; none after the last.
  private var faults: ArraySlice<Fault>

  /// The copy of a duplicated packet, which is in the next batch.
  private let memory = FrameMemory()
  private var duplicate: PacketFrame?

  var capabilities: PortCapabilities { base.capabilities }

  init(_ base: consuming Base, _ faults: [Fault]) {
    self.base = base
    self.faults = ArraySlice(faults)
  }

  mutating func receive(into batch: inout PacketBatch) throws(Base.Failure) {
    if let frame = duplicate.take() {
      batch.append(frame)
      return
    }
    // An empty batch would mean that nothing waits.
    while batch.count == 0 {
      var received = PacketBatch()
      try base.receive(into: &received)
      guard received.count > 0 else { return }
      for index in 0..<received.count { add(received[index], to: &batch) }
    }
  }

  private mutating func add(_ frame: PacketFrame, to batch: inout PacketBatch) {
    switch faults.popFirst() ?? .none {
    case .loss: return
    case .duplicate:
      duplicate = memory.copy(frame.packet)
      fallthrough
    case .none: batch.append(frame)
    }
  }

  mutating func send(_ frame: PacketFrame, _ egress: Egress) -> Bool { base.send(frame, egress) }

  mutating func flush() throws(Base.Failure) { try base.flush() }
}
