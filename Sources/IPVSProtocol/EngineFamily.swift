// SPDX-License-Identifier: Apache-2.0

/// The numbers of the generic netlink family `IPVS_ENGINE`, which a program that replaces the
/// kernel's IPVS has beside `IPVS`: what the kernel shows in files of `/proc/net`, and what it cannot
/// tell. The kernel has no such family.
public enum EngineFamily {
  public static let name = "IPVS_ENGINE"
  public static let version: UInt8 = 1

  /// The most clients that an engine serves at a time. One more gets an error message with `fullErrno`
  /// and the sequence number 0, and its connection is closed.
  public static let mostClients = 1000

  /// EUSERS. Neither the kernel's IPVS nor a netlink socket fails with it.
  public static let fullErrno: Int32 = 87

  /// Commands.
  public enum Command: UInt8, Sendable {
    /// Dumps the connections. The request has no attributes; each reply has the next `rows`.
    case getConnections = 1

    /// Asks for the generation of the rules. The request has no attributes; the reply has `generation`.
    case getGeneration = 2

    /// Dumps the totals of all traffic since the beginning, as the kernel shows them in
    /// `/proc/net/ip_vs_stats`. The request has no attributes; there is one reply, with `totals`.
    case getTotals = 3

    /// Asks for the settings, which the kernel shows in files of `/proc/sys`. The request has no attributes;
    /// the reply has `settings`.
    case getSettings = 4
  }

  public enum Part: UInt16, Sendable {
    /// Lines of `/proc/net/ip_vs_conn`, as many as fit, each with its line feed, without the heading and
    /// without a terminating zero byte.
    case rows = 1

    /// 64 bits: the number of requests to change services, servers, timeouts, or daemons until now. While
    /// it is the same, the rules are.
    case generation = 2

    /// The counters in 64 bits, nested: `IPVSFamily.Counter`.
    case totals = 3

    /// Lines of a name and a value with a blank between them, each with its line feed, without a terminating
    /// zero byte: the settings of `/proc/sys/net/ipv4/vs` that are obeyed, and `kernel`, the release of Linux
    /// whose IPVS the engine behaves as.
    case settings = 4
  }
}
