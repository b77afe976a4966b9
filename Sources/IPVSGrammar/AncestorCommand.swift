public import IPVSAddresses
public import IPVSRules

/// What a command line of `ippfvsadm` (1998) asks for.
public enum AncestorCommand: Hashable, Sendable {
  case help

  /// Adds a real server, and its virtual service where that is missing.
  case add(RealServer, to: VirtualService)

  /// Removes a real server, and the service with its last one; nil: the service with all its servers.
  case delete(Endpoint?, of: ServiceIdentity)
  case clear
  case list
}
