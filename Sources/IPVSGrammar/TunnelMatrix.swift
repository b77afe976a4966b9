public import IPVSRules

/// What goes with which kind of tunnel (ipvsadm(8), `--tun-type`).
enum TunnelMatrix {
  /// The kinds by the words of the command line.
  static let kinds: InlineArray<3, (word: StaticString, kind: Tunnel.Kind)> = [
    ("ipip", .ipip), ("gue", .gue), ("gre", .gre),
  ]

  /// The options that describe a tunnel, its kind included.
  static let options = OptionNames([.tunnelKind]).union(details)

  /// The options that depend on the kind.
  static let details = OptionNames(
    [.tunnelPort, .tunnelNoChecksum, .tunnelChecksum, .tunnelRemoteChecksum])

  static subscript(_ kind: Tunnel.Kind) -> OptionRules {
    switch kind {
    case .gue:
      OptionRules(
        required: OptionNames([.tunnelPort]),
        exclusive: OptionNames([.tunnelNoChecksum, .tunnelChecksum, .tunnelRemoteChecksum]))
    case .gre: OptionRules(exclusive: OptionNames([.tunnelNoChecksum, .tunnelChecksum]))
    default: OptionRules()
    }
  }
}

extension Tunnel.Kind {
  /// The word of the command line for the kind.
  public var word: StaticString {
    for index in TunnelMatrix.kinds.indices where TunnelMatrix.kinds[index].kind == self {
      return TunnelMatrix.kinds[index].word
    }
    return "unknown"
  }
}
