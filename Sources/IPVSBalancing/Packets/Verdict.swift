// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses
public import IPVSPackets

/// The decision about a packet.
public enum Verdict: Hashable, Sendable {
  /// The packet does not belong to IPVS and is unchanged: deliver or forward it as usual.
  case pass

  /// Drop the packet without an ICMP error.
  case drop(DropReason)

  /// A client's packet, to be sent on to a real server; a masqueraded one is already rewritten.
  /// Where the server is not local, the TTL is decremented.
  case toServer(Transmission)

  /// A server's packet to a client, rewritten if need be: forward it by its new source
  /// (`snat_reroute`). The TTL is the forwarder's business.
  case toClient

  /// Drop the packet and send an ICMP error to its sender that quotes the packet as it is now.
  case refuse(ICMPFault)

  /// The packet is an ICMP error about the outer packet of a tunnel. Drop it, and send an error about the
  /// inner packet to that one's sender, from the inner destination.
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

  /// There is no route to the server, or none that the packet may use.
  case noRoute

  /// An ICMP error that cannot be read.
  case malformed

  /// An ICMP error with the MTU of a tunnel's route, about a packet that may be fragmented: the MTU was
  /// recorded, and the sender need not know.
  case noted
}

/// How a packet reaches a real server.
public struct Transmission: Hashable, Sendable {
  /// What is done with the packet on its way to the server.
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

  /// What is done with the packet.
  public var method: Method

  /// The family of `nextHop`, which may differ from the packet's.
  public var family: AddressFamily

  /// The address to route the packet to; an IPv4 address is in the low 32 bits.
  public var nextHop: UInt128

  /// Whether the next hop is the director itself: deliver the packet without an outer header.
  public var isLocal: Bool

  /// The outer header of a tunnel; nil for none.
  public var tunnel: TunnelPath?

  /// A transmission of these values.
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
