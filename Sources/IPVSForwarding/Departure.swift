internal import IPVSAddresses

/// The way that a packet goes from here.
enum Departure {
  /// To its destination, as the system around routes it.
  case routed

  /// To a neighbour, whatever its destination.
  case direct(IPAddress)
}
