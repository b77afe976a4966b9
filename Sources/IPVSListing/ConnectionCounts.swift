// SPDX-License-Identifier: Apache-2.0

package import IPVSAddresses
package import IPVSRules
package import IPVSText

/// How many connections have each value of a key (ipvsadm(8), `--count-by`).
///
/// Memory grows with the number of different values, up to `limit` of them: a flood has as many clients as
/// it likes. What has any further value is counted together.
package struct ConnectionCounts: Hashable, Sendable {
  /// The most values that are told apart.
  package static let limit = 1 << 16

  /// A value of a key.
  package enum Value: Hashable, Sendable {
    case state(transport: ByteString, name: ByteString)
    case server(Endpoint)
    case client(IPAddress)

    /// Nil where no service, or more than one, may have the connection.
    case service(ServiceIdentity?)

    /// Nil where the service is not known.
    case scheduler(KernelName?)
  }

  /// How many entries there are.
  package struct Count: Hashable, Sendable {
    /// Connections, without templates of persistence.
    package var connections: UInt64 = 0

    /// Templates of persistence.
    package var templates: UInt64 = 0

    fileprivate mutating func add(isTemplate: Bool) {
      if isTemplate { templates += 1 } else { connections += 1 }
    }
  }

  /// The key.
  package let key: ConnectionKey

  /// The counts of the values that are told apart.
  package private(set) var counts: [Value: Count] = [:]

  /// The count of all other values.
  package private(set) var others = Count()

  private let limit: Int

  /// Counts nothing yet.
  ///
  /// - Parameters:
  ///   - key: What to count by.
  ///   - limit: The most values that are told apart.
  package init(by key: ConnectionKey, limit: Int = Self.limit) {
    self.key = key
    self.limit = limit
  }

  /// Counts a connection.
  ///
  /// - Parameters:
  ///   - row: The connection.
  ///   - text: The text that the row was read from.
  ///   - services: The services of the table, where the key is about them.
  package mutating func add(
    _ row: ConnectionRow, in text: Span<UInt8>, services: ConnectionServices?
  ) {
    let isTemplate = row.isTemplate(in: text)
    let value = value(of: row, in: text, services)
    if let index = counts.index(forKey: value) {
      counts.values[index].add(isTemplate: isTemplate)
    } else if counts.count < limit {
      counts[value, default: Count()].add(isTemplate: isTemplate)
    } else {
      others.add(isTemplate: isTemplate)
    }
  }

  private func value(
    of row: ConnectionRow, in text: Span<UInt8>, _ services: ConnectionServices?
  ) -> Value {
    switch key {
    case .state:
      return .state(transport: text.word(row.transport), name: text.word(row.state))
    case .server: return .server(row.server)
    case .client: return .client(row.client.address)
    case .service, .scheduler:
      let candidates = services?.candidates(for: row, in: text) ?? []
      guard key == .scheduler else {
        return .service(candidates.count == 1 ? candidates[0].identity : nil)
      }
      let names = Set(candidates.map(\.scheduler))
      return .scheduler(names.count == 1 ? names.first : nil)
    }
  }

  /// The values with the most entries first; of as many entries in the order of the values.
  package var sorted: [(value: Value, count: Count)] {
    counts.map { (value: $0.key, count: $0.value) }.sorted { left, right in
      let (first, second) = (
        left.count.connections + left.count.templates,
        right.count.connections + right.count.templates
      )
      return first == second ? left.value < right.value : first > second
    }
  }

  /// Whether nothing was counted.
  package var isEmpty: Bool { counts.isEmpty }
}

extension ConnectionCounts.Value: Comparable {
  /// In the order of listings; what is not known comes last.
  package static func < (left: Self, right: Self) -> Bool {
    switch (left, right) {
    case (.state(let left, let first), .state(let right, let second)):
      (left, first) < (right, second)
    case (.server(let left), .server(let right)): left < right
    case (.client(let left), .client(let right)): left < right
    case (.service(let left?), .service(let right?)): left < right
    case (.scheduler(let left?), .scheduler(let right?)): left.text < right.text
    case (.service(_?), .service(nil)), (.scheduler(_?), .scheduler(nil)): true
    default: false
    }
  }
}
