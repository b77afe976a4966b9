// SPDX-License-Identifier: Apache-2.0

/// Where requests go.
public enum NetlinkPeer {
  /// The IPVS of the kernel, in the network namespace of the process.
  case kernel

  /// The IPVS of the kernel in another network namespace, by a name of ip-netns(8) or by a path.
  case kernelOf(namespace: [UInt8])

  /// An IPVS in another process: a unix socket of type SOCK_SEQPACKET, by its path, on which each
  /// packet is what one datagram on a generic netlink socket would be.
  case engine(path: [UInt8])

  /// An object of this process.
  case transport(any Transport)

  /// The IPVS of the kernel in another network namespace.
  ///
  /// - Parameter namespace: A name of ip-netns(8), or a path such as `/proc/1/ns/net`. The socket is
  ///   opened in it; the process stays where it is.
  public static func kernel(namespace: String) -> NetlinkPeer {
    .kernelOf(namespace: Array(namespace.utf8))
  }

  /// Whether requests go to a kernel.
  public var isKernel: Bool {
    switch self {
    case .kernel, .kernelOf: true
    case .engine, .transport: false
    }
  }
}
