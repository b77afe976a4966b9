extension ServerRecord {
  /// How many connections the thresholds look at.
  private var connections: UInt64 { UInt64(activeConnections) + UInt64(inactiveConnections) }

  /// The number from which on the server, once full, counts as open again
  /// (since Linux 6.1.192: the lower threshold, or three quarters of the upper one).
  private var reopening: UInt64 {
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

  private mutating func reopenAsOlderKernels() {
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
