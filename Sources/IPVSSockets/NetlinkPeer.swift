// SPDX-License-Identifier: Apache-2.0

/// Where requests go.
public enum NetlinkPeer {
  /// The IPVS of the kernel, in the network namespace of the process.
  case kernel

  /// An IPVS in another process: a unix socket of type SOCK_SEQPACKET, by its path, on which each
  /// packet is what one datagram on a generic netlink socket would be.
  case engine(path: [UInt8])

  /// An object of this process.
  case transport(any Transport)
}
