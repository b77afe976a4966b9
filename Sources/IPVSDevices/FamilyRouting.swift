// SPDX-License-Identifier: Apache-2.0

/// What is set of one family, as far as is known.
///
/// The rule for local addresses is made anew behind ours, and then comes after all rules of its priority.
/// Rules of other programs keep to their side of it: those that were behind it are made anew as well. That
/// is usual for rules that are added meanwhile, since the kernel gives a rule without a priority that of
/// the second rule, which is one of ours.
struct FamilyRouting {
  /// The rule for local addresses as it was found.
  var local: RoutingRule

  /// Our rules, the one for local addresses, and those of other programs that share its priority with ours,
  /// in the order in which the kernel has them.
  private(set) var rules: [RoutingRule] = []
  var routes: Set<DeviceRoute> = []

  /// The rules of other programs before the one for local addresses when that was found.
  private var before: [RoutingRule] = []

  /// The rules of other programs behind the one for local addresses, or that are to be there.
  private var behind: [RoutingRule] = []

  /// - Parameter all: The rules of the family, in their order.
  init(_ all: [RoutingRule]) {
    local = FoundSettings.localRule(in: all)
    before = Array(all.prefix { !$0.isLocalLookup }.filter(isForeign))
  }

  /// Takes note of the rules of the family.
  mutating func note(_ all: [RoutingRule]) {
    rules = all.filter {
      PolicyRoutingPlan.Maker.own.contains($0.maker) || isForeign($0)
        || $0.isLocalLookup && $0.priority == local.priority
    }
    before = before.filter(rules.contains)
    behind = rules.filter { isForeign($0) && !before.contains($0) }
    // A rule is there twice while it is made anew.
    behind = behind.indices.filter { !behind[..<$0].contains(behind[$0]) }.map { behind[$0] }
  }

  /// Takes note that steps were carried out.
  mutating func adopt(_ wanted: [RoutingRule]) { rules = arranged(wanted) }

  /// The steps from the rules that are there to others.
  func steps(to wanted: [RoutingRule]) -> [RuleStep] {
    RuleStep.steps(
      from: rules, to: arranged(wanted), ordered: PolicyRoutingPlan.first(before: local.priority))
  }

  /// Whether rules of ours or the one for local addresses are missing.
  func isMissingRules(of former: FamilyRouting) -> Bool {
    !Set(former.rules.filter { $0.original == nil }).isSubset(of: rules)
  }

  private func arranged(_ wanted: [RoutingRule]) -> [RoutingRule] { before + wanted + behind }

  /// Whether the rule of another program has the priority that ours and the one for local addresses share.
  private func isForeign(_ rule: RoutingRule) -> Bool {
    rule.original != nil && rule.priority == local.priority
      && PolicyRoutingPlan.first(before: local.priority) == local.priority
  }
}
