// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSDevices
internal import IPVSText

/// The ICMP errors that do not come through the port: the system takes or routes them itself, and copies
/// of them are read here.
struct ICMPErrorTaps: ~Copyable {
  /// What the system does with an error, and what is left to do.
  enum Kind {
    /// ICMPv6 for this machine, taken: errors for real servers go on to them.
    case local

    /// IPv4 for this machine, taken: errors about packets in our tunnels are reported to the client.
    case tunnel

    /// Routed as it is, so that the client can make nothing of it: errors about packets that were sent
    /// to masqueraded servers are translated.
    case transit
  }

  private let isEnabled: Bool
  private let local: ICMPErrorListener

  /// Open while there are tunnels: of errors about them the system makes nothing.
  private var tunnel = ICMPErrorListener(.ipv4, isWanted: false)

  /// Open while there are routers between here and real servers: each packet of the machine takes a tenth
  /// longer to pass it.
  private var transit = ICMPErrorTap(besides: nil)

  private let memory: FrameMemory

  /// - Parameter isEnabled: False where foreign routes may lead errors to the port, too.
  init(isEnabled: Bool) {
    self.isEnabled = isEnabled
    local = ICMPErrorListener(.ipv6, isWanted: isEnabled)
    memory = FrameMemory()
  }

  /// For poll(2).
  var descriptors: [Int32] { sources.map(\.descriptor) }

  /// What can be read, by its descriptor.
  var sources: [(kind: Kind, descriptor: Int32)] {
    let all =
      [(Kind.local, local.descriptor), (.tunnel, tunnel.descriptor)]
      + transit.descriptors.map { (.transit, $0) }
    return all.filter { $0.1 >= 0 }
  }

  /// Opens and closes taps as the rules need them.
  ///
  /// - Parameter device: The port's own, whose packets are not shown.
  mutating func follow(_ interceptSet: InterceptSet, device: ByteString) {
    let hasTunnels = isEnabled && interceptSet.haveTunnels
    if hasTunnels != (tunnel.descriptor >= 0) {
      tunnel = ICMPErrorListener(.ipv4, isWanted: hasTunnels)
    }
    let hasRouters = isEnabled && interceptSet.needRouters(OnLinkPrefixes())
    if hasRouters == transit.descriptors.isEmpty {
      transit = ICMPErrorTap(besides: hasRouters ? device : nil)
    }
  }

  /// The next error of a source, if one waits; lent until the next call.
  mutating func receive(_ source: (kind: Kind, descriptor: Int32)) -> PacketFrame? {
    let buffer = memory.buffer()
    let length =
      switch source.kind {
      case .local: local.read(into: buffer)
      case .tunnel: tunnel.read(into: buffer)
      case .transit: ICMPErrorTap.read(source.descriptor, into: buffer)
      }
    return length.map { memory.frame(length: $0) }
  }
}
