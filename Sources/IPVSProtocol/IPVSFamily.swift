// SPDX-License-Identifier: Apache-2.0

/// The numbers of the generic netlink family `IPVS` (`include/uapi/linux/ip_vs.h`).
public enum IPVSFamily {
  public static let name = "IPVS"
  public static let version: UInt8 = 1

  /// Commands (`IPVS_CMD_*`).
  public enum Command: UInt8, Sendable {
    case newService = 1
    case setService = 2
    case deleteService = 3
    case getService = 4
    case newServer = 5
    case setServer = 6
    case deleteServer = 7
    case getServer = 8
    case newDaemon = 9
    case deleteDaemon = 10
    case getDaemon = 11
    case setTimeouts = 12
    case getTimeouts = 13
    case setInfo = 14
    case getInfo = 15
    case zero = 16
    case flush = 17
  }

  /// The outermost attributes (`IPVS_CMD_ATTR_*`).
  public enum Part: UInt16, CaseIterable, Sendable {
    case service = 1
    case server = 2
    case daemon = 3
    case tcpTimeout = 4
    case tcpFinTimeout = 5
    case udpTimeout = 6
  }

  /// Attributes of a service (`IPVS_SVC_ATTR_*`).
  public enum Service: UInt16, CaseIterable, Sendable {
    case family = 1
    case transport = 2
    case address = 3
    case port = 4
    case mark = 5
    case scheduler = 6
    case flags = 7
    case timeout = 8
    case netmask = 9
    case statistics = 10
    case engine = 11
    case statistics64 = 12
  }

  /// Attributes of a real server (`IPVS_DEST_ATTR_*`).
  public enum Server: UInt16, CaseIterable, Sendable {
    case address = 1
    case port = 2
    case forwarding = 3
    case weight = 4
    case upperThreshold = 5
    case lowerThreshold = 6
    case activeConnections = 7
    case inactiveConnections = 8
    case persistentConnections = 9
    case statistics = 10
    case family = 11
    case statistics64 = 12
    case tunnelKind = 13
    case tunnelPort = 14
    case tunnelFlags = 15
  }

  /// Attributes of a sync daemon (`IPVS_DAEMON_ATTR_*`).
  public enum Daemon: UInt16, CaseIterable, Sendable {
    case role = 1
    case interface = 2
    case syncID = 3
    case maximumLength = 4
    case group = 5
    case group6 = 6
    case port = 7
    case timeToLive = 8
  }

  /// Attributes of counters (`IPVS_STATS_ATTR_*`).
  public enum Counter: UInt16, Sendable {
    case connections = 1
    case inboundPackets = 2
    case outboundPackets = 3
    case inboundBytes = 4
    case outboundBytes = 5
    case connectionRate = 6
    case inboundPacketRate = 7
    case outboundPacketRate = 8
    case inboundByteRate = 9
    case outboundByteRate = 10

    /// Empty: aligns the next attribute to eight bytes.
    case padding = 11
  }

  /// Attributes of the version and table size (`IPVS_INFO_ATTR_*`).
  public enum Info: UInt16, Sendable {
    case version = 1
    case connectionTableSize = 2
  }

  /// The size of an address attribute in bytes, for IPv4 too.
  public static let addressLength = 16
}
