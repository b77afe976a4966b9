internal import IPVSText

/// The schedulers by name.
enum SchedulerCatalog {
  private static var all: [any Scheduler.Type] {
    [
      RoundRobin.self, WeightedRoundRobin.self, LeastConnections.self,
      WeightedLeastConnections.self,
      LocalityBasedLeastConnections.self, LocalityBasedReplication.self, DestinationHashing.self,
      SourceHashing.self, ShortestExpectedDelay.self, NeverQueue.self, WeightedFailover.self,
      WeightedOverflow.self, MaglevHashing.self, TwoChoices.self,
    ]
  }

  /// The scheduler with a name; nil if there is none.
  static subscript(_ name: ByteString) -> (any Scheduler.Type)? {
    all.first { ByteString(stringLiteral: $0.name) == name }
  }
}
