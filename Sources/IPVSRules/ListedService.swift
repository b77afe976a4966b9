/// A virtual service as it stands in a table: with its counters and its real servers.
public struct ListedService: Hashable, Sendable {
  public var service: VirtualService
  public var statistics: Statistics

  /// In the order of the kernel: the last one added comes first.
  public var servers: [ListedServer]

  public init(
    _ service: VirtualService, statistics: Statistics = Statistics(), servers: [ListedServer] = []
  ) {
    self.service = service
    self.statistics = statistics
    self.servers = servers
  }
}
