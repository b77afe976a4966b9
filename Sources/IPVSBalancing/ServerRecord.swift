/// What is set of a real server, as the kernel keeps it: unchecked numbers.
public struct ServerSettings: Hashable, Sendable {
  /// How packets reach it: the low three bits of what was asked for (`IP_VS_CONN_F_FWD_MASK`).
  public var forwarding: UInt32

  /// 0...2147483647; 0 is quiesced.
  public var weight: Int32

  public var upperThreshold: UInt32
  public var lowerThreshold: UInt32

  /// `IP_VS_CONN_F_TUNNEL_TYPE_*`
  public var tunnelKind: UInt8

  /// The UDP port of a GUE tunnel in host order.
  public var tunnelPort: UInt16

  /// `IP_VS_TUNNEL_ENCAP_FLAG_*`
  public var tunnelFlags: UInt16

  public init(
    forwarding: UInt32 = 0, weight: Int32 = 1, upperThreshold: UInt32 = 0,
    lowerThreshold: UInt32 = 0, tunnelKind: UInt8 = 0, tunnelPort: UInt16 = 0,
    tunnelFlags: UInt16 = 0
  ) {
    self.forwarding = forwarding
    self.weight = weight
    self.upperThreshold = upperThreshold
    self.lowerThreshold = lowerThreshold
    self.tunnelKind = tunnelKind
    self.tunnelPort = tunnelPort
    self.tunnelFlags = tunnelFlags
  }
}

extension ServerSettings {
  /// `IP_VS_CONN_F_TUNNEL`
  private static let tunneling: UInt32 = 2

  /// Packets reach the server through a tunnel; so the way to it may be of the other family.
  var isTunneled: Bool { forwarding == Self.tunneling }
}

/// A real server in the table, or in the trash. Numbers only, so that schedulers walk over them fast.
struct ServerRecord {
  let key: ServerKey

  /// In its service's list: not deleted.
  var isAvailable = true

  /// Over its upper threshold, and not yet below the lower one: gets no new connections.
  var isOverloaded = false

  /// Where its service stands, while the server is available.
  var owner: Slab<ServiceRecord>.Index?

  var settings: ServerSettings

  /// The last weight other than zero since the server was added; what it was added with, if there
  /// was none. Only mh looks at it.
  var lastWeight: Int32

  var activeConnections: UInt32 = 0
  var inactiveConnections: UInt32 = 0

  /// Persistence templates.
  var persistentConnections: UInt32 = 0

  /// Connections, templates, and entries of schedulers' caches that name this record. A deleted
  /// server stays in the trash while there are any.
  var users: UInt32 = 0

  init(_ key: ServerKey, _ settings: ServerSettings) {
    self.key = key
    self.settings = settings
    lastWeight = settings.weight
  }

  var weight: Int32 { settings.weight }

  /// Whether schedulers may choose the server at all.
  var isEligible: Bool { !isOverloaded && settings.weight > 0 }
}
