// SPDX-License-Identifier: Apache-2.0

/// What is looked for at a director, in the order of the catalogue.
package enum DirectorRules {
  /// All rules.
  package static var all: [Rule<DirectorFacts>] {
    kernel + table + wayIn + servers + firewall + settings + synchronization + operation
  }

  /// Which findings explain which others.
  package static let suppressions: [Suppression] = [
    Suppression(by: [.addressNotLocal], hides: [.answersLost, .inputDrops], ofSameObjects: true),
    Suppression(
      by: [
        .forwardingOff, .forwardingOffIPv6, .noRoute, .neighbourSilent, .directRoutingBehindRouter,
        .masqueradingToLoopback, .inputDrops, .forwardDrops, .invalidDrops, .outputDrops,
        .masqueradeWithoutConntrack, .clientInServerNetwork,
      ], hides: [.answersLost], ofSameObjects: true),
    Suppression(
      by: [.noServers, .allQuiesced], hides: [.allFull, .slotsOfUnusableServers],
      ofSameObjects: true),
    Suppression(
      by: [.backupOnly],
      hides: [
        .noRoute, .neighbourSilent, .directRoutingBehindRouter, .masqueradingToLoopback,
        .localServer, .answersLost, .clientInServerNetwork, .tunnelMTU, .mixedFamilies,
        .martianAnswers,
      ], ofSameObjects: false),
    Suppression(
      by: [.syncLinkDown], hides: [.syncWithoutMulticast, .syncNothingTaken, .syncFragments],
      ofSameObjects: false),
  ]
}
