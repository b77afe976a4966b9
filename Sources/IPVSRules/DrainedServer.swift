// SPDX-License-Identifier: Apache-2.0

/// What is remembered of a server that was drained.
package struct DrainedServer: Hashable, Sendable {
  package let name: ServerIdentity

  /// The weight before.
  package let weight: Weight

  /// When it was drained, in seconds since 1970.
  package let since: Int

  package init(name: ServerIdentity, weight: Weight, since: Int) {
    self.name = name
    self.weight = weight
    self.since = since
  }
}

extension [DrainedServer] {
  /// The servers by their names; of several of one name the last.
  package var byName: [ServerIdentity: DrainedServer] {
    Dictionary(map { ($0.name, $0) }, uniquingKeysWith: { $1 })
  }
}
