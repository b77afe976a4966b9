// SPDX-License-Identifier: Apache-2.0

internal import IPVSDevices
internal import IPVSPackets
internal import IPVSText

/// A TUN device: the system routes to it what is to be balanced, and routes on what is sent there.
/// Packets to a next hop take a raw socket.
struct TunPort: PacketPort, ~Copyable {
  let capabilities: PortCapabilities

  private let device: TunDevice
  private let sender = DirectSender()
  private let memory = FrameMemory()

  /// Makes the device.
  init(_ name: ByteString, restoresTimeToLive: Bool) throws(DeviceError) {
    let device = try TunDevice(name, mtu: Int32(PacketFrame.largestPacket))
    try device.takeSegments(true)
    self.init(device, restoresTimeToLive: restoresTimeToLive)
  }

  init(_ device: consuming TunDevice, restoresTimeToLive: Bool) {
    self.device = device
    capabilities = PortCapabilities(
      router: .system(restoresTimeToLive: restoresTimeToLive), hasSegments: true)
  }

  var name: ByteString { device.name }

  var descriptors: [Int32] { [device.descriptor] }

  /// Receives one packet: each takes a call of the system, and reading ahead would push the first ones
  /// out of the processor's cache.
  mutating func receive(into batch: inout PacketBatch) throws(DeviceError) {
    var header = OffloadHeader()
    let length = try device.read(&header, into: memory.buffer(behind: OffloadHeader.length))
    guard let length else { return }
    batch.append(memory.frame(length: length, offload: PacketOffload(header)))
  }

  mutating func send(_ frame: PacketFrame, _ egress: Egress) -> Bool {
    switch egress {
    case .routed:
      device.write(OffloadHeader(frame.offload), frame.withRoom(OffloadHeader.length))
    case .nextHop(let address): sender.send(frame.packet, to: address)
    }
  }

  mutating func acceptSegments(_ isWanted: Bool) throws(DeviceError) {
    try device.takeSegments(isWanted)
  }
}

// What virtio's header says, in our terms. The device gets back what it gave: its kinds of segments,
// of which the forwarder tells only one from several, keep their numbers.

extension PacketOffload {
  init(_ header: OffloadHeader) {
    self.init()
    if header.hasPartialChecksum {
      checksum = .partial
      checksumStart = header.checksumStart
      checksumOffset = header.checksumOffset
    }
    if header.isSeveralSegments {
      segmentKind = header.segmentation
      segmentSize = header.segmentSize
      headersLength = header.headersLength
    }
  }
}

extension OffloadHeader {
  init(_ offload: PacketOffload) {
    self.init()
    hasPartialChecksum = offload.checksum == .partial
    checksumStart = offload.checksumStart
    checksumOffset = offload.checksumOffset
    segmentation = offload.segmentKind
    segmentSize = offload.segmentSize
    headersLength = offload.headersLength
  }
}
