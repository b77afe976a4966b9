/// Which columns a listing of the table has, in the order in which one wins where several are asked
/// for.
public enum TableView: Hashable, Sendable, CaseIterable {
  case statistics
  case rates
  case thresholds
  case persistentConnections
  case tunnels
  case plain
}
