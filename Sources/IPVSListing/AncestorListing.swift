// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
package import IPVSRules
package import IPVSText

/// The table of a director as `ippfvsadm -L` prints it: one row for each real server, in the columns
/// of the table in "Virtual Server via NAT" (1998).
///
/// Addresses and ports are numbers, as that program knew no names. A service without real servers has
/// one row with `-` in their columns; a firewall mark is in the column of the virtual address.
package struct AncestorListing {
  package init() {}

  /// Appends the line of titles and the rows, in ascending order.
  package func append(_ services: [ListedService], to output: inout TextBuffer) {
    output.append("Protocol  Virtual IP Address  Port   Real IP Address  Port   Weight\n")
    for index in services.order {
      let service = services[index]
      for index in service.servers.order {
        appendService(service.service.identity, to: &output)
        let server = service.servers[index].server
        appendEndpoint(server.endpoint, addressWidth: 15, to: &output)
        output.append(server.weight.value)
        output.append(byte: newline)
      }
      if service.servers.isEmpty {
        appendService(service.service.identity, to: &output)
        output.append("-                -      -\n")
      }
    }
  }

  private func appendService(_ identity: ServiceIdentity, to output: inout TextBuffer) {
    switch identity {
    case .endpoint(let transport, let endpoint):
      output.left(10) { $0.append(transport.spelling.listed) }
      appendEndpoint(endpoint, addressWidth: 18, to: &output)
    case .mark(let mark, let family):
      output.append(family == .ipv6 ? "FWM IPv6  " : "FWM       ")
      output.left(18) { $0.append(mark) }
      output.append("  -      ")
    }
  }

  private func appendEndpoint(
    _ endpoint: Endpoint, addressWidth: Int, to output: inout TextBuffer
  ) {
    output.left(addressWidth) { $0.append(endpoint.address) }
    output.append("  ")
    output.left(5) { $0.append(endpoint.port) }
    output.append("  ")
  }
}
