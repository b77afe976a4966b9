// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSAddresses
internal import IPVSSystem
public import IPVSText

extension PolicyRouting {
  /// The present name of the device.
  public var device: ByteString { link.name }

  /// For poll(2): readable when another program has changed something.
  public var descriptor: Int32 { monitor.descriptor }

  /// Sets again what other programs have changed since the last call, but only a few times at once and
  /// twice a second afterwards, so that one that deletes in a loop does not occupy this process.
  ///
  /// - Parameter milliseconds: The present, since any beginning.
  /// - Returns: What was lost.
  public mutating func repair(
    at milliseconds: UInt64
  ) throws(PolicyRoutingError) -> Set<RoutingLoss> {
    if monitor.hasChanges(besides: socket.port, device: link.index) { isDirty = true }
    if milliseconds >= nextLook {
      nextLook = milliseconds + Self.lookInterval
      if !areSettingsRight { isDirty = true }
    }
    if isDirty, pace.allows(at: milliseconds) {
      isDirty = false
      // Addresses change more often than others change our routing, and packets may follow at once.
      try? followAddresses()
      do throws(PolicyRoutingError) { try synchronize() } catch {
        isDirty = true
        throw error
      }
    }
    defer { losses = [] }
    return losses
  }

  private static var lookInterval: UInt64 { 1000 }

  private var areSettingsRight: Bool {
    DeviceSettings.areSufficient(link.name)
      && !(mayChangeEarlyDemux && FoundSettings.earlyDemux.value == "1")
  }

  /// Sets the system's settings. What another program has turned on is on again at the end.
  mutating func changeSettings() throws(PolicyRoutingError) {
    for setting in DeviceSettings.wanted(link.name) {
      guard setting.set() else { throw .setting(ByteString(setting.path)) }
    }
    if FoundSettings.earlyDemux.value == "1" {
      found.hasEarlyDemux = true
      mayChangeEarlyDemux = FoundSettings.earlyDemux.set("0")
    }
  }

  /// Compares what was set with what is there, and sets what is missing.
  mutating func synchronize() throws(PolicyRoutingError) {
    guard let link = Link.at(link.index, socket) else { throw .socket(errno: ENODEV) }
    if self.link.isUp, !link.isUp { losses.insert(.deviceDown) }
    if self.link.name != link.name { losses.insert(.rules) }
    self.link = link
    if !areSettingsRight {
      losses.insert(.settings)
      try changeSettings()
    }
    if link.isUp, try change([link.addressRequest(MessageType.newAddress)]) == [0] {
      losses.insert(.address)
    }
    for family in families.keys { look(family) }
    for family in families.keys { try apply(family) }
    try followAddresses()
  }

  /// Leads services to the device whose addresses have become local, and no others.
  private mutating func followAddresses() throws(PolicyRoutingError) {
    let addresses = Set(flows.lazy.filter { $0.end != .server }.map(\.address))
    localAddresses = addresses.filter { socket.isLocal($0, through: link) }
    for family in families.keys { try apply(family) }
  }

  /// Takes note of what is there of a family, and what is lost.
  private mutating func look(_ family: AddressFamily) {
    guard let former = families[family] else { return }
    var state = former
    let all = socket.rules(of: family)
    let local = all.first { $0.isLocalLookup && !Maker.own.contains($0.maker) }
    if let local, local.priority != state.local.priority || local.maker != Maker.kernel {
      // It was made anew while we were here.
      if !state.rules.isEmpty { state.local = local }
    }
    state.note(all)
    let routes = socket.routes(of: family, through: link)
    if state.isMissingRules(of: former) { losses.insert(local == nil ? .localRule : .rules) }
    if link.isUp, !state.routes.isSubset(of: routes) { losses.insert(.routes) }
    state.routes = link.isUp ? routes : state.routes.union(routes)
    families[family] = state
  }
}

/// What other programs took away of the routing that leads packets through a device.
public enum RoutingLoss: Hashable, Sendable, CaseIterable {
  /// Rules of policy routing.
  case rules

  /// The rule for local addresses, without which the machine receives nothing.
  case localRule

  /// Routes through the device.
  case routes

  /// The address of the device.
  case address

  /// Settings under /proc/sys, of the device or for all.
  case settings

  /// The device was set down. This alone is not undone.
  case deviceDown
}

/// How often lost routing is set again: a few times at once, then at an interval.
struct RepairPace {
  private static let burst = 8
  private static let interval: UInt64 = 500

  private var left = burst
  private var last: UInt64 = 0

  mutating func allows(at milliseconds: UInt64) -> Bool {
    let earned = (milliseconds - min(last, milliseconds)) / Self.interval
    if earned > 0 {
      left = min(Self.burst, left + Int(min(earned, UInt64(Self.burst))))
      last = milliseconds
    }
    guard left > 0 else { return false }
    left -= 1
    return true
  }
}
