public import IPVSBalancing

/// The kernel's end of a generic netlink socket: takes datagrams with requests, and gives back the
/// datagrams that the kernel would send.
public struct Answerer: ~Copyable {
  public var balancer: Balancer

  public init(_ balancer: consuming Balancer) {
    self.balancer = balancer
  }
}
