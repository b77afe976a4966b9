// SPDX-License-Identifier: Apache-2.0

package import IPVSHost
internal import IPVSSockets

/// What was read of the firewall of a host: nftables and the legacy tables.
package struct FirewallFacts: Sendable {
  /// The rules.
  package var rules = HostFirewall()

  /// The indices of links at which programs of traffic control may change or drop packets before
  /// all rules.
  package var filteredLinks: Set<Int32> = []

  /// Makes facts of a firewall without rules.
  package init() {}

  /// Reads the rules.
  ///
  /// - Parameters:
  ///   - peer: What answers over netlink.
  ///   - files: Where the host tells about itself.
  ///   - modules: The modules of the kernel, none of which is loaded by the questions.
  /// - Returns: The rules, or why they cannot be read.
  static func read(
    _ peer: NetlinkPeer, _ files: HostFiles, _ modules: ModuleList
  ) -> Result<FirewallFacts, Gap> {
    var facts = FirewallFacts()
    do throws(FirewallError) {
      facts.rules = try FirewallReader(peer, .kernel(files)).read(modules)
    } catch {
      return .failure(Gap(reason: "the firewall cannot be read: \(error)"))
    }
    // A kernel without traffic control has no such filters.
    facts.filteredLinks = (try? LinkFilters.ingress(peer)) ?? []
    return .success(facts)
  }
}
