// SPDX-License-Identifier: Apache-2.0

// The numbers that values of rules have in the kernel's interface (include/uapi/linux/ip_vs.h), for both
// sides of it: rules that are asked for, and a balancer that carries them out. They are inlinable, as
// packets are compared with them.

/// How packets reach a real server: the values of `IP_VS_CONN_F_FWD_MASK`.
public enum ForwardingNumber {
  /// Network address translation (`IP_VS_CONN_F_MASQ`).
  @inlinable public static var masquerading: UInt32 { 0 }

  /// To the director itself (`IP_VS_CONN_F_LOCALNODE`).
  @inlinable public static var local: UInt32 { 1 }

  /// In a tunnel (`IP_VS_CONN_F_TUNNEL`).
  @inlinable public static var tunneling: UInt32 { 2 }

  /// Unchanged, to the link address of the server (`IP_VS_CONN_F_DROUTE`).
  @inlinable public static var directRouting: UInt32 { 3 }

  /// To the original destination of the client's packet (`IP_VS_CONN_F_BYPASS`).
  @inlinable public static var bypass: UInt32 { 4 }

  /// The bits of the method; the kernel drops others.
  @inlinable public static var mask: UInt32 { 7 }
}

/// How packets of a tunnel are encapsulated: `IP_VS_CONN_F_TUNNEL_TYPE_*`.
public enum TunnelNumber {
  /// IP in IP (RFC 2003, RFC 2473).
  @inlinable public static var ipip: UInt8 { 0 }

  /// Generic UDP Encapsulation (draft-ietf-intarea-gue).
  @inlinable public static var gue: UInt8 { 1 }

  /// Generic Routing Encapsulation (RFC 2784).
  @inlinable public static var gre: UInt8 { 2 }
}

/// How the outer header of a tunnel is checksummed: bits of `IP_VS_TUNNEL_ENCAP_FLAG_*`.
public enum TunnelBit {
  /// The outer header has a checksum (`CSUM`).
  @inlinable public static var checksum: UInt16 { 1 << 0 }

  /// The receiver computes the inner checksum, with GUE (`REMCSUM`).
  @inlinable public static var remoteChecksum: UInt16 { 1 << 1 }
}

/// The flags of a virtual service: bits of `IP_VS_SVC_F_*`.
public enum ServiceBit {
  /// Clients stay with their servers (`PERSISTENT`).
  @inlinable public static var persistent: UInt32 { 1 << 0 }

  /// The service is in the kernel's table (`HASHED`); listings show it, and requests do not set it.
  @inlinable public static var hashed: UInt32 { 1 << 1 }

  /// Each datagram is scheduled anew (`ONEPACKET`).
  @inlinable public static var onePacket: UInt32 { 1 << 2 }

  /// The first of three flags that each scheduler interprets by itself (`SCHED1`). sh and mh: choose
  /// another server where the first choice is unavailable.
  @inlinable public static var scheduler1: UInt32 { 1 << 3 }

  /// The second of them (`SCHED2`). sh and mh: hash the client's port along with its address.
  @inlinable public static var scheduler2: UInt32 { 1 << 4 }

  /// The third of them (`SCHED3`).
  @inlinable public static var scheduler3: UInt32 { 1 << 5 }
}

/// What a sync daemon does where its rule is silent (ip_vs_sync.c).
public enum SyncDefault {
  /// The multicast group, 224.0.0.81.
  @inlinable public static var group: UInt32 { 0xe000_0051 }

  /// The UDP port in host order.
  @inlinable public static var port: UInt16 { 8848 }
}
