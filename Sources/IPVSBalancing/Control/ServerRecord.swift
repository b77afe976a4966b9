// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses
internal import IPVSNumbers

/// The settings of a real server as unchecked numbers, as in the kernel.
public struct ServerSettings: Hashable, Sendable {
  /// The forwarding method, a number of `ForwardingNumber`.
  public var forwarding: UInt32

  /// 0...2147483647; 0 is quiesced.
  public var weight: Int32

  /// The number of connections at which the server gets no new ones; 0 for no limit.
  public var upperThreshold: UInt32

  /// The number of connections below which a full server gets new ones again; 0 for three quarters of
  /// `upperThreshold`.
  public var lowerThreshold: UInt32

  /// The encapsulation of a tunnel, a number of `TunnelNumber`.
  public var tunnelKind: UInt8

  /// The UDP port of a GUE tunnel in host order.
  public var tunnelPort: UInt16

  /// The checksums of a tunnel, bits of `TunnelBit`.
  public var tunnelFlags: UInt16

  /// Settings of these values: without any, masquerading with weight 1.
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
  /// Whether packets reach the server through a tunnel, whose family may be another than the service's.
  var isTunneled: Bool { forwarding == ForwardingNumber.tunneling }
}

/// A real server in the table, or in the trash. Numbers only, so that schedulers walk over them fast.
struct ServerRecord {
  let key: ServerKey

  /// Whether the server is in its service's list, not deleted.
  var isAvailable = true

  /// Whether the server reached its upper threshold and is not yet below the lower one: it gets no new
  /// connections.
  var isOverloaded = false

  /// The slot of its service, while the server is available.
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

/// What identifies a real server within its service.
public struct ServerKey: Hashable, Sendable {
  // The largest first: keys of a hundred thousand servers are a third shorter so.

  /// The address as a number, that of IPv4 in the low 32 bits.
  public var address: UInt128

  /// The port in host order. 0: the port that the client asked for.
  public var port: UInt16

  /// The family of `address`, which may be another than the service's where the server is tunneled.
  public var family: AddressFamily

  /// The key of an address and a port in host order.
  public init(_ family: AddressFamily, address: UInt128, port: UInt16) {
    self.family = family
    self.address = address
    self.port = port
  }
}

extension ServerRecord {
  /// How many connections the thresholds look at.
  var connections: UInt64 { UInt64(activeConnections) + UInt64(inactiveConnections) }

  /// The number from which on the server, once full, counts as open again
  /// (since Linux 6.1.192: the lower threshold, or three quarters of the upper one).
  var reopening: UInt64 {
    let upper = UInt64(settings.upperThreshold)
    return settings.lowerThreshold > 0 ? UInt64(settings.lowerThreshold) : upper - upper / 4
  }

  /// A connection begins; at first it counts as inactive (ip_vs_conn.c, `ip_vs_bind_dest`).
  mutating func bindConnection(_ director: Settings) {
    users += 1
    inactiveConnections += 1
    let upper = UInt64(settings.upperThreshold)
    let isFull = director.countsAsOlderKernels ? connections >= upper : connections == upper
    if upper > 0, isFull { isOverloaded = true }
  }

  /// A persistence template begins.
  mutating func bindTemplate(_ director: Settings) {
    users += 1
    persistentConnections += 1
    let upper = UInt64(settings.upperThreshold)
    if director.countsAsOlderKernels, upper > 0, connections >= upper { isOverloaded = true }
  }

  /// A connection changes to a state in which data flows, or back.
  mutating func setActive(_ isActive: Bool) {
    if isActive {
      activeConnections += 1
      inactiveConnections -= 1
    } else {
      activeConnections -= 1
      inactiveConnections += 1
    }
  }

  /// A connection is gone (ip_vs_conn.c, `ip_vs_unbind_dest`).
  mutating func unbindConnection(wasActive: Bool, _ director: Settings) {
    let before = connections
    if wasActive { activeConnections -= 1 } else { inactiveConnections -= 1 }
    users -= 1
    if director.countsAsOlderKernels {
      reopenAsOlderKernels()
    } else if before == reopening {
      isOverloaded = settings.upperThreshold > 0 && connections >= UInt64(settings.upperThreshold)
    }
  }

  /// A persistence template is gone.
  mutating func unbindTemplate(_ director: Settings) {
    persistentConnections -= 1
    users -= 1
    if director.countsAsOlderKernels { reopenAsOlderKernels() }
  }

  mutating func reopenAsOlderKernels() {
    if settings.lowerThreshold > 0 {
      if connections < UInt64(settings.lowerThreshold) { isOverloaded = false }
    } else if settings.upperThreshold == 0
      || connections * 4 < UInt64(settings.upperThreshold) * 3
    {
      isOverloaded = false
    }
  }

  /// The settings are replaced by others (ip_vs_ctl.c, `__ip_vs_update_dest`).
  mutating func apply(_ new: ServerSettings, _ director: Settings) {
    let old = settings
    settings = new
    if new.weight != 0 { lastWeight = new.weight }
    if director.countsAsOlderKernels {
      if new.upperThreshold == 0 || new.upperThreshold > old.upperThreshold { isOverloaded = false }
      return
    }
    let thresholds = (new.upperThreshold, new.lowerThreshold)
    guard thresholds != (old.upperThreshold, old.lowerThreshold) else { return }
    if new.upperThreshold == 0 || connections < reopening {
      isOverloaded = false
    } else if connections >= UInt64(new.upperThreshold) {
      isOverloaded = true
    }
  }
}
