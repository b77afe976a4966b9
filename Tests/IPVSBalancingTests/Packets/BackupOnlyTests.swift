// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import IPVSBalancing

/// `backup_only` leaves clients' packets to the director's own stack while a backup daemon runs (recorded
/// on Linux 6.1.176).
@Suite struct BackupOnlyTests {
  private static let client = End.client()
  private static let virtual = End.virtual()

  /// A director with one connection.
  private static func director() throws -> DirectorModel {
    var director = try DirectorModel.serving()
    let server = director.server(for: PacketMaker.tcp("S", client, virtual))
    #expect(server == 1)
    return director
  }

  /// Which packets of clients reach the director's own stack: one of a known connection, the first of a
  /// new one, an ICMP error about a packet of a server, and one that would begin a connection.
  private static func delivered(_ director: inout DirectorModel) -> [Bool] {
    [
      PacketMaker.tcp("A", client, virtual),
      PacketMaker.tcp("S", .client(8), virtual),
      PacketMaker.unreachable(PacketMaker.tcp("A", virtual, client), client, virtual),
      PacketMaker.unreachable(PacketMaker.tcp("A", virtual, .client(9)), .client(9), virtual),
    ].map { director.receive($0).isDelivered }
  }

  @Test(
    arguments: [
      (0, [.backup], false), (1, [.backup], true), (-1, [.backup], true),
      (1, [.master, .backup], true), (1, [], false), (1, [.master], false), (0, [], false),
    ] as [(Int32, [DaemonRole], Bool)])
  func countsWhileABackupDaemonRuns(_ value: Int32, _ roles: [DaemonRole], _ isBackup: Bool) throws
  {
    var director = try Self.director()
    director.balancer.settings.scheduleIcmp = 1
    for role in roles { try director.balancer.startDaemon(role) }
    director.balancer.settings.backupOnly = value
    let delivered = Self.delivered(&director)
    #expect(delivered == Array(repeating: isBackup, count: 4))
    #expect(director.table.count == (isBackup ? 1 : 3))
    let source = director.source(of: PacketMaker.tcp("SA", .server(), Self.client))
    #expect(source == 1)
  }

  @Test func endsWithTheDaemon() throws {
    var director = try Self.director()
    director.balancer.settings.backupOnly = 1
    for isRunning in [true, false, true] {
      if isRunning {
        try director.balancer.startDaemon(.backup)
      } else {
        try director.balancer.stopDaemon(DaemonRole.backup.rawValue)
      }
      let isDelivered = director.receive(PacketMaker.tcp("A", Self.client, Self.virtual))
        .isDelivered
      #expect(isDelivered == isRunning)
    }
  }
}
