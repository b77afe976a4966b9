// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses

/// A rule to add or to delete.
enum RuleStep: Hashable {
  case add(RoutingRule)
  case delete(RoutingRule)

  /// The steps from rules that are there to others, in an order in which the packets that both select are
  /// selected all the time, and local addresses are looked up. Additions come first, since the kernel deletes
  /// the first rule that equals the one to delete, and targets of jumps before the jumps.
  ///
  /// - Parameter ordered: The priority at which the order of rules matters.
  static func steps(
    from present: [RoutingRule], to wanted: [RoutingRule], ordered: UInt32
  ) -> [RuleStep] {
    let (oldOrdered, old) = split(present, at: ordered)
    let (newOrdered, new) = split(wanted, at: ordered)
    let kept = keptLength(oldOrdered, newOrdered)
    let additions = Set(new).subtracting(old).sorted { $0.priority > $1.priority }
    var missing = Set(new)
    let deletions = old.filter { missing.remove($0) == nil }.sorted { $0.priority < $1.priority }
    return (additions + newOrdered[kept...]).map { .add($0) }
      + (oldOrdered[kept...].reversed() + deletions).map { .delete($0) }
  }

  /// The request that carries the step out.
  func request(_ family: AddressFamily) -> RoutingSocket.Request {
    switch self {
    case .add(let rule):
      RoutingSocket.Request(
        type: RoutingSocket.MessageType.newRule, flags: .creating, body: rule.message(family))
    case .delete(let rule):
      RoutingSocket.Request(
        type: RoutingSocket.MessageType.deleteRule, body: rule.message(family))
    }
  }

  private static func split(
    _ rules: [RoutingRule], at priority: UInt32
  ) -> (ordered: [RoutingRule], others: [RoutingRule]) {
    (rules.filter { $0.priority == priority }, rules.filter { $0.priority != priority })
  }

  /// How many rules at the beginning are the same, and can stay: none of them is there a second time, of
  /// which the kernel would delete the first.
  private static func keptLength(_ old: [RoutingRule], _ new: [RoutingRule]) -> Int {
    let common = zip(old, new).prefix { $0 == $1 }.count
    let rest = Set(old[common...])
    return old[..<common].firstIndex(where: rest.contains) ?? common
  }
}
