/// The options that a line may hold once, in the order in which they are checked against the
/// command, by the word that messages use for them.
public enum OptionName: UInt8, Hashable, Sendable, CaseIterable {
  case numeric
  case connection

  /// One of `-t`, `-u`, `--sctp-service`, `-f`.
  case serviceAddress
  case scheduler
  case persistent
  case netmask
  case realServer

  /// One of `-g`, `-m`, `-i`.
  case forwardingMethod
  case weight
  case upperThreshold
  case lowerThreshold
  case multicastInterface
  case timeout
  case daemon
  case statistics
  case rate
  case thresholds
  case persistentConnections
  case noSort
  case syncID
  case exact
  case onePacket
  case persistenceEngine
  case schedulerFlags
  case multicastGroup
  case multicastPort
  case multicastTimeToLive
  case syncMaximumLength
  case tunnelInfo
  case tunnelKind
  case tunnelPort
  case tunnelNoChecksum
  case tunnelChecksum
  case tunnelRemoteChecksum

  /// The word in messages.
  public var word: StaticString { Self.words[Int(rawValue)] }

  private static let words: [StaticString] = [
    "numeric", "connection", "service-address", "scheduler", "persistent", "netmask",
    "real-server", "forwarding-method", "weight", "u-threshold", "l-threshold",
    "mcast-interface", "timeout", "daemon", "stats", "rate", "thresholds", "persistent-conn",
    "nosort", "syncid", "exact", "ops", "pe", "sched-flags", "mcast-group", "mcast-port",
    "mcast-ttl", "sync-maxlen", "tun-info", "tun-type", "tun-port", "tun-nocsum", "tun-csum",
    "tun-remcsum",
  ]

  /// The numbers that the option takes; nil where its value is no number.
  public var range: ClosedRange<Int>? {
    switch self {
    case .weight, .upperThreshold, .lowerThreshold: 0...Int(Int32.max)
    case .persistent: 1...Self.longestTimeout
    case .syncID: 0...255
    case .syncMaximumLength: 1...65507
    case .multicastPort, .tunnelPort: 1...65535
    case .multicastTimeToLive: 1...255
    default: nil
    }
  }

  /// 31 days, the most seconds in a timeout.
  public static let longestTimeout = 31 * 24 * 60 * 60
}

/// Several options.
struct OptionNames: OptionSet, Hashable, Sendable {
  var rawValue: UInt64

  init(rawValue: UInt64) {
    self.rawValue = rawValue
  }

  /// Takes its options from where they stand: an array of them would have to be made first.
  init<let count: Int>(_ options: InlineArray<count, OptionName>) {
    rawValue = 0
    for index in options.indices { insert(options[index]) }
  }

  /// The first in the order of `OptionName`.
  var first: OptionName? { OptionName(rawValue: UInt8(rawValue.trailingZeroBitCount)) }

  func contains(_ option: OptionName) -> Bool {
    rawValue >> option.rawValue & 1 != 0
  }

  mutating func insert(_ option: OptionName) {
    rawValue |= 1 << option.rawValue
  }
}
