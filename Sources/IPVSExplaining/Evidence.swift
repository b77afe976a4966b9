// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses
public import IPVSBalancing
public import IPVSRules

/// What is known of a director that is asked about packets.
public struct Evidence: Sendable {
  /// The services and servers in the order of the dump: the last one added comes first.
  public var services: [ListedService]

  /// Whether a backup daemon runs.
  public var hasBackupDaemon = false

  /// The settings of `/proc/sys`, and the release of Linux.
  public var settings = Settings()

  /// `conntrack`, which a balancer of our own has no use for.
  public var tracksConnections = false

  /// The settings that could not be read, whose defaults are assumed.
  public var unreadSettings: [String] = []

  /// The connections and templates that may decide: those of `ConnectionSelection`.
  public var connections: [ListedConnection] = []

  /// What is known of the table of mh.
  public var maglevTable = MaglevTable.assumed

  /// The number of slots in the table of mh, which a kernel is built with (`CONFIG_IP_VS_MH_TAB_INDEX`).
  public enum MaglevTable: Hashable, Sendable {
    /// 4093, as an engine has it, or the configuration of the kernel says.
    case known

    /// Perhaps 4093, as kernels have it by default.
    case assumed

    /// Another number, or hashes of 32 bits: its choices are not known.
    case other
  }

  /// Whether destinations of packets are addresses of the director, as far as that is known.
  public var isLocal: [IPAddress: Bool] = [:]

  /// The evidence of a table without connections.
  public init(_ services: [ListedService]) {
    self.services = services
  }

  /// The evidence of rules that are added in their order to an empty table.
  public init(_ rules: RuleSet) {
    self.init(
      rules.services.map { service in
        ListedService(
          service.service, servers: service.servers.reversed().map { ListedServer($0) })
      })
    hasBackupDaemon = rules.daemons?.contains { $0.role == .backup } ?? false
    maglevTable = .known
  }
}
