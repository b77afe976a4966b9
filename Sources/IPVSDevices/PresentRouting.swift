// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses

/// What the kernel has of routing, as far as it is of interest here.
extension RoutingSocket {
  /// The rules of a family, in their order; none where they cannot be had.
  func rules(of family: AddressFamily) -> [RoutingRule] {
    var rules: [RoutingRule] = []
    let body = [family.number] + [UInt8](repeating: 0, count: 11)
    try? list(Request(type: MessageType.getRule, body: body)) { message in
      guard let rule = RoutingRule.read(message) else { return }
      let isForeign = !PolicyRoutingPlan.Maker.own.contains(rule.maker) && !rule.isLocalLookup
      rules.append(isForeign ? rule.kept(as: message) : rule)
    }
    return rules
  }

  /// The routes through a device in the tables of ours.
  func routes(of family: AddressFamily, through link: Link) -> Set<DeviceRoute> {
    var routes: Set<DeviceRoute> = []
    for table in PolicyRoutingPlan.Table.own {
      let body = DeviceRoute.listing(family, table: table)
      try? list(Request(type: MessageType.getRoute, body: body)) { message in
        if let route = DeviceRoute.read(message, device: link.index), route.table == table {
          routes.insert(route)
        }
      }
    }
    return routes
  }

  /// Whether an address is local for a packet from a device.
  func isLocal(_ address: IPAddress, through link: Link) -> Bool {
    let body = LocalAddress.question(address, device: link.index)
    let request = Request(type: MessageType.getRoute, body: body)
    return (try? ask(request) { LocalAddress.isAffirmed(by: $0) }) ?? false
  }
}
