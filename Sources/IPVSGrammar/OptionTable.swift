import IPVSAddresses
import IPVSRules

/// One spelling of a command or option: what is typed, and what it means.
struct OptionSpelling: Sendable {
  /// Whether a value follows.
  enum Value: Sendable {
    case none
    case required

    /// The rest of the word, or the next word if that does not begin with `-`.
    case optional
  }

  enum Meaning: Hashable, Sendable {
    case command(CommandName)
    case service(TransportProtocol)
    case mark
    case ipv6
    case method(ForwardingMethod)
    case option(OptionName)

    /// The socket of an engine to talk to instead of the kernel; goes with every command.
    case engine

    /// Without effect, with every command, as often as one likes (`--sort`).
    case nothing
  }

  let long: StaticString
  let short: UInt8?
  let value: Value
  let meaning: Meaning

  init(
    _ long: StaticString, _ short: Unicode.Scalar? = nil, _ value: Value = .none,
    _ meaning: Meaning
  ) {
    self.long = long
    self.short = short.map { UInt8(ascii: $0) }
    self.value = value
    self.meaning = meaning
  }
}

/// Every word that begins with `-`. Long names are never shortened, and case counts.
///
/// The table and what finds a place in it are laid out in memory as they stand: of an array the Swift
/// runtime would first have to make the type, which takes longer than all else that a short run does.
enum OptionTable {
  private static let table: InlineArray<59, OptionSpelling> = [
    OptionSpelling("add-service", "A", .none, .command(.addService)),
    OptionSpelling("edit-service", "E", .none, .command(.editService)),
    OptionSpelling("delete-service", "D", .none, .command(.deleteService)),
    OptionSpelling("clear", "C", .none, .command(.clear)),
    OptionSpelling("list", "L", .none, .command(.list)),
    OptionSpelling("list", "l", .none, .command(.list)),
    OptionSpelling("zero", "Z", .none, .command(.zero)),
    OptionSpelling("add-server", "a", .none, .command(.addServer)),
    OptionSpelling("edit-server", "e", .none, .command(.editServer)),
    OptionSpelling("delete-server", "d", .none, .command(.deleteServer)),
    OptionSpelling("set", nil, .none, .command(.setTimeouts)),
    OptionSpelling("start-daemon", nil, .required, .command(.startDaemon)),
    OptionSpelling("stop-daemon", nil, .required, .command(.stopDaemon)),
    OptionSpelling("restore", "R", .none, .command(.restore)),
    OptionSpelling("save", "S", .none, .command(.save)),
    OptionSpelling("help", "h", .none, .command(.help)),
    OptionSpelling("version", "v", .none, .command(.version)),
    OptionSpelling("tcp-service", "t", .required, .service(.tcp)),
    OptionSpelling("udp-service", "u", .required, .service(.udp)),
    OptionSpelling("sctp-service", nil, .required, .service(.sctp)),
    OptionSpelling("fwmark-service", "f", .required, .mark),
    OptionSpelling("ipv6", "6", .none, .ipv6),
    OptionSpelling("sort", nil, .none, .nothing),
    OptionSpelling("engine", nil, .required, .engine),
    OptionSpelling("scheduler", "s", .required, .option(.scheduler)),
    OptionSpelling("persistent", "p", .optional, .option(.persistent)),
    OptionSpelling("netmask", "M", .required, .option(.netmask)),
    OptionSpelling("pe", nil, .required, .option(.persistenceEngine)),
    OptionSpelling("ops", "o", .none, .option(.onePacket)),
    OptionSpelling("sched-flags", "b", .required, .option(.schedulerFlags)),
    OptionSpelling("real-server", "r", .required, .option(.realServer)),
    OptionSpelling("gatewaying", "g", .none, .method(.directRouting)),
    OptionSpelling("masquerading", "m", .none, .method(.masquerading)),
    OptionSpelling("ipip", "i", .none, .method(.tunneling)),
    OptionSpelling("weight", "w", .required, .option(.weight)),
    OptionSpelling("u-threshold", "x", .required, .option(.upperThreshold)),
    OptionSpelling("l-threshold", "y", .required, .option(.lowerThreshold)),
    OptionSpelling("tun-type", nil, .required, .option(.tunnelKind)),
    OptionSpelling("tun-port", nil, .required, .option(.tunnelPort)),
    OptionSpelling("tun-nocsum", nil, .none, .option(.tunnelNoChecksum)),
    OptionSpelling("tun-csum", nil, .none, .option(.tunnelChecksum)),
    OptionSpelling("tun-remcsum", nil, .none, .option(.tunnelRemoteChecksum)),
    OptionSpelling("numeric", "n", .none, .option(.numeric)),
    OptionSpelling("connection", "c", .none, .option(.connection)),
    OptionSpelling("timeout", nil, .none, .option(.timeout)),
    OptionSpelling("daemon", nil, .none, .option(.daemon)),
    OptionSpelling("stats", nil, .none, .option(.statistics)),
    OptionSpelling("rate", nil, .none, .option(.rate)),
    OptionSpelling("thresholds", nil, .none, .option(.thresholds)),
    OptionSpelling("persistent-conn", nil, .none, .option(.persistentConnections)),
    OptionSpelling("tun-info", nil, .none, .option(.tunnelInfo)),
    OptionSpelling("nosort", nil, .none, .option(.noSort)),
    OptionSpelling("exact", "X", .none, .option(.exact)),
    OptionSpelling("syncid", nil, .required, .option(.syncID)),
    OptionSpelling("sync-maxlen", nil, .required, .option(.syncMaximumLength)),
    OptionSpelling("mcast-interface", nil, .required, .option(.multicastInterface)),
    OptionSpelling("mcast-group", nil, .required, .option(.multicastGroup)),
    OptionSpelling("mcast-port", nil, .required, .option(.multicastPort)),
    OptionSpelling("mcast-ttl", nil, .required, .option(.multicastTimeToLive)),
  ]

  /// All spellings, for what goes through them one by one.
  static var spellings: [OptionSpelling] { table.indices.map { table[$0] } }

  /// The place in `table` of each short option, by its byte; `none` where there is none.
  private static let shorts: InlineArray<256, UInt8> = {
    var places = InlineArray<256, UInt8>(repeating: none)
    for place in table.indices {
      if let short = table[place].short { places[Int(short)] = UInt8(place) }
    }
    return places
  }()

  private static let none = UInt8.max

  /// The option with a letter.
  static func short(_ letter: UInt8) -> OptionSpelling? {
    let place = shorts[Int(letter)]
    return place == none ? nil : table[Int(place)]
  }

  /// The option with a long name, given without its dashes.
  static func long(_ name: Span<UInt8>) -> OptionSpelling? {
    for place in table.indices where name.equals(table[place].long) { return table[place] }
    return nil
  }
}
