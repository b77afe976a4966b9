internal import IPVSAddresses

/// The way that a packet goes from here.
enum Egress {
  /// To its destination, as the system around routes what comes from a network.
  case routed

  /// On the way to an address, whatever its destination, as the system sends what it made itself.
  case sent(IPAddress)
}
