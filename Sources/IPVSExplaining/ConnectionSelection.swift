// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSBalancing
package import IPVSListing
package import IPVSRules

/// Which connections of a director may decide about packets: those of the same ends, and the templates that
/// the clients may have. There are few, whatever number of connections there is.
package struct ConnectionSelection {
  private struct Ends: Hashable {
    let client: Endpoint
    let virtual: Endpoint
  }

  private var ends: Set<Ends> = []

  /// The clients of templates, their virtual addresses, which may be marks, and their ports, as a listing
  /// shows them.
  private var clients: Set<IPAddress> = []
  private var virtualAddresses: Set<IPAddress> = []
  private var virtualPorts: Set<UInt16> = [0]

  /// Whether a server has the port 65535. A template that is not used any more has this port in place of
  /// its server's.
  private let hasLastPort: Bool

  /// - Parameters:
  ///   - packets: The packets.
  ///   - services: The services that they may belong to.
  package init(for packets: [OpeningPacket], at services: [ListedService]) {
    hasLastPort = services.contains { service in
      service.servers.contains { $0.server.endpoint.port == UInt16.max }
    }
    // Few services have a mask of their own.
    var masks: [Netmask: (settings: IPVSBalancing.ServiceSettings, family: AddressFamily)] = [:]
    for listed in services where listed.service.persistence != nil {
      let family = listed.service.identity.family
      masks[listed.service.netmask] = (IPVSBalancing.ServiceSettings(listed.service), family)
      if case .mark(let mark, _) = listed.service.identity {
        virtualAddresses.insert(IPAddress(Balancer.templateAddress(ofMark: mark, family), family))
      }
    }
    for packet in packets {
      let family = packet.client.family
      for (settings, own) in masks.values where own == family {
        clients.insert(IPAddress(settings.network(of: packet.client.number, family), family))
      }
      virtualAddresses.insert(packet.destination)
      guard let port = packet.destinationPort else { continue }
      virtualPorts.insert(port)
      guard let clientPort = packet.clientPort else { continue }
      ends.insert(
        Ends(
          client: Endpoint(packet.client, port: clientPort),
          virtual: Endpoint(packet.destination, port: port)))
    }
  }

  /// Whether nothing is selected, so that connections need not be read.
  package var isEmpty: Bool { ends.isEmpty && clients.isEmpty }

  /// Whether a connection may decide.
  ///
  /// - Parameter text: The text that the row was read from.
  package func selects(_ row: ConnectionRow, in text: Span<UInt8>) -> Bool {
    guard row.client.port == 0 else {
      return ends.contains(Ends(client: row.client, virtual: row.service))
    }
    guard clients.contains(row.client.address), virtualPorts.contains(row.service.port),
      virtualAddresses.contains(row.service.address), row.isTemplate(in: text)
    else { return false }
    return row.server.port != UInt16.max || hasLastPort
  }
}
