// SPDX-License-Identifier: Apache-2.0

package import IPVSAddresses
package import IPVSRules
import IPVSText

/// The part of a filter that is about connections, made so that a row costs little.
package struct ConnectionFilter {
  private let filter: ListingFilter
  private let states: [[UInt8]]
  private let services: ConnectionServices?

  /// Whether a filter asks for what rows do not say: which service a connection belongs to.
  package static func needsServices(_ filter: ListingFilter) -> Bool {
    !filter.schedulers.isEmpty
      || filter.services.contains(where: \.isMark)
  }

  /// - Parameter services: The services of the table, where `needsServices`.
  package init(_ filter: ListingFilter, services: ConnectionServices? = nil) {
    self.filter = filter
    self.services = services
    states = filter.states.map { Array($0.rawValue.utf8) }
  }

  /// Whether a connection is selected.
  ///
  /// - Parameters:
  ///   - row: The connection.
  ///   - text: The text that the row was read from.
  package func selects(_ row: ConnectionRow, in text: Span<UInt8>) -> Bool {
    guard
      filter.clients.isEmpty || filter.clients.contains(where: { $0.contains(row.client.address) }),
      filter.servers.isEmpty || filter.servers.contains(where: { $0.contains(row.server) }),
      states.isEmpty || states.contains(where: { text.holds($0, at: row.state) })
    else { return false }
    if filter.services.isEmpty, filter.schedulers.isEmpty { return true }
    let candidates = services?.candidates(for: row, in: text) ?? []
    return selectsService(of: row, candidates, in: text)
      && (filter.schedulers.isEmpty
        || candidates.contains { filter.schedulers.contains($0.scheduler) })
  }

  private func selectsService(
    of row: ConnectionRow, _ candidates: [VirtualService], in text: Span<UInt8>
  ) -> Bool {
    guard !filter.services.isEmpty else { return true }
    let transport = row.transportProtocol(in: text)
    return filter.services.contains { identity in
      switch identity {
      case .endpoint(transport, let endpoint):
        endpoint.address == row.service.address
          && (endpoint.port == 0 || endpoint.port == row.service.port)
      case .endpoint: false
      case .mark: candidates.contains { $0.identity == identity }
      }
    }
  }
}

/// Which service of a table a connection belongs to. The list of connections does not say it: it has the
/// address that the client speaks to.
package struct ConnectionServices: Sendable {
  private var byIdentity: [ServiceIdentity: VirtualService] = [:]

  /// The services by firewall mark that have a server at an address.
  private var marks: [IPAddress: [VirtualService]] = [:]

  package init(_ services: [ListedService]) {
    for listed in services {
      byIdentity[listed.service.identity] = listed.service
      guard case .mark = listed.service.identity else { continue }
      for address in Set(listed.servers.map(\.server.endpoint.address)) {
        marks[address, default: []].append(listed.service)
      }
    }
  }

  /// The services that a connection may belong to: one, several by firewall marks, which rows do not
  /// hold, or none, where the service is gone or the connection is one that a helper such as that of FTP
  /// awaits.
  package func candidates(for row: ConnectionRow, in text: Span<UInt8>) -> [VirtualService] {
    guard let transport = row.transportProtocol(in: text) else {
      return byIdentity[row.markOfTemplate].map { [$0] } ?? []
    }
    let everyPort = Endpoint(row.service.address, port: 0)
    let service =
      byIdentity[.endpoint(transport, row.service)] ?? byIdentity[.endpoint(transport, everyPort)]
    return service.map { [$0] } ?? marks[row.server.address] ?? []
  }
}

extension ConnectionRow {
  /// The protocol; nil for that of templates of services by firewall mark, which is none of the packets'.
  package func transportProtocol(in text: Span<UInt8>) -> TransportProtocol? {
    let name = text.extracting(transport)
    return name.equals("TCP")
      ? .tcp : name.equals("UDP") ? .udp : name.equals("SCTP") ? .sctp : nil
  }

  /// The service of a template that has no protocol: the kernel writes the firewall mark where the virtual
  /// address begins (ip_vs_core.c, `ip_vs_sched_persist`).
  fileprivate var markOfTemplate: ServiceIdentity {
    switch service.address {
    case .v4(let address): .mark(address.bits, .ipv4)
    case .v6(let address): .mark(UInt32(truncatingIfNeeded: address.bits >> 96), .ipv6)
    }
  }
}

extension Span<UInt8> {
  /// Whether the bytes in a range are those of a word.
  fileprivate func holds(_ word: [UInt8], at range: Range<Int>) -> Bool {
    guard range.count == word.count else { return false }
    for index in word.indices where self[range.lowerBound + index] != word[index] { return false }
    return true
  }
}
