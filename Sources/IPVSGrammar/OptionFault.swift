public import IPVSRules

/// Options that do not go with the command or with each other.
public enum OptionFault: Hashable, Sendable {
  case missing(OptionName, for: CommandName)
  case illegal(OptionName, for: CommandName)
  case exclusive(OptionName, with: OptionName, for: CommandName)

  /// Counters or rates of what has none.
  case conflictingViews

  /// A tunnel is described, but packets are not to go through one.
  case noTunnel(OptionName)
  case missingInTunnel(OptionName, Tunnel.Kind)
  case illegalInTunnel(OptionName, Tunnel.Kind)
  case exclusiveInTunnel(OptionName, with: OptionName, Tunnel.Kind)
}
