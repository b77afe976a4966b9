public import IPVSAddresses

/// A real server of a virtual service: where packets go to, and how many.
public struct RealServer: Hashable, Sendable {
  /// What tells it from the other servers of its service.
  public var endpoint: Endpoint

  public var forwarding: ForwardingMethod

  /// Only of effect where `forwarding` is tunneling; the kernel keeps it for all methods.
  public var tunnel: Tunnel

  public var weight: Weight

  /// The server gets no new connection while it has this many or more. 0: no limit.
  public var upperThreshold: UInt32

  /// Once over the upper threshold, it gets new ones again when it has fewer than this. 0: three
  /// quarters of the upper threshold.
  public var lowerThreshold: UInt32

  public init(
    _ endpoint: Endpoint, forwarding: ForwardingMethod = .directRouting, tunnel: Tunnel = Tunnel(),
    weight: Weight = .one, upperThreshold: UInt32 = 0, lowerThreshold: UInt32 = 0
  ) {
    self.endpoint = endpoint
    self.forwarding = forwarding
    self.tunnel = tunnel
    self.weight = weight
    self.upperThreshold = upperThreshold
    self.lowerThreshold = lowerThreshold
  }
}
