public import IPVSAddresses
public import IPVSPackets

/// What becomes of a packet.
public enum Verdict: Hashable, Sendable {
  /// It is none of IPVS's business, and untouched: deliver or forward it as if IPVS were not there.
  case pass

  /// It goes no further, and nobody is told.
  case drop(DropReason)

  /// A client's packet, to be sent on to a real server; a masqueraded one is already rewritten.
  /// Where the server is not local, the TTL is decremented.
  case toServer(Transmission)

  /// A server's packet to a client, rewritten if need be: forward it by its new source
  /// (`snat_reroute`). The TTL is the forwarder's business.
  case toClient

  /// It goes no further; its sender is told by an ICMP error that holds the packet as it now is.
  case refuse(ICMPFault)

  /// An error about an outer packet of a tunnel. It goes no further; the sender of the packet inside is
  /// told by a message about that, from the address to which it was sent.
  case report(ErrorMessage, QuotedTunnel)
}

/// Why a packet is dropped.
public enum DropReason: UInt8, Hashable, Sendable, CaseIterable {
  /// Its transport header is cut off.
  case truncated

  /// Its connection's server is deleted (`expire_nodest_conn` is 0).
  case serverGone

  /// There are already `conn_max` connections, or no memory for one more.
  case tableFull

  /// `drop_packet` sheds load.
  case defence

  /// No server takes the connection that an ICMP error would begin.
  case noServer

  /// The persistence engine found nothing to go by.
  case persistenceEngine

  /// The checksum of an ICMP error is wrong.
  case checksum

  /// There is no way to the server, or none that such a packet may take.
  case noRoute

  /// An ICMP error that cannot be read.
  case malformed

  /// An ICMP error that says how long packets in a tunnel may be, about one that may be cut: its sender
  /// need not know.
  case noted
}

/// How a packet reaches a real server.
public struct Transmission: Hashable, Sendable {
  public enum Method: UInt8, Hashable, Sendable {
    /// Rewritten; the next hop is its new destination.
    case masquerading

    /// To the director's own stack, unchanged.
    case localnode

    /// Behind an outer header (`tunnel`).
    case tunneling

    /// Unchanged, to the link address of the server.
    case directRouting

    /// Unchanged, to where it was going anyway.
    case bypass
  }

  public var method: Method

  /// Where the packet goes next: the family may be another than the packet's.
  public var family: AddressFamily
  public var nextHop: UInt128

  /// The next hop is the director itself: deliver the packet, and put nothing before it.
  public var isLocal: Bool

  /// What to put before the packet.
  public var tunnel: TunnelPath?

  public init(
    method: Method, family: AddressFamily, nextHop: UInt128, isLocal: Bool,
    tunnel: TunnelPath? = nil
  ) {
    self.method = method
    self.family = family
    self.nextHop = nextHop
    self.isLocal = isLocal
    self.tunnel = tunnel
  }
}

/// Where in the IP stack a packet is when IPVS sees it (`NF_INET_*`).
public enum Hook: UInt8, Hashable, Sendable {
  /// It came from a network, and its destination is an address of the director.
  case localIn

  /// It came from a network and goes to another; its TTL is already decremented.
  case forward

  /// A program on the director sends it.
  case localOut
}
