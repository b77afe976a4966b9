// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSRules
import IPVSText

// The options that select what a listing shows. They may be there more than once.

extension LineReader {
  /// Keeps a service that another one follows.
  mutating func keepService() {
    if let service = line.service { line.filter.services.append(service) }
  }

  /// Keeps a real server that another one follows.
  mutating func keepServer() throws(GrammarError) {
    guard let server = line.server else { return }
    try settlePort()
    line.filter.servers.append(server.selection())
  }

  /// A longer name than the kernel's is that of no service.
  mutating func keepScheduler(_ value: ArgumentScanner.Value) {
    guard line.command == .list else { return }
    let name = words.text(value.range.prefix(KernelName.longestScheduler + 1))
    if let name = KernelName(name, atMost: KernelName.longestScheduler + 1) {
      line.filter.schedulers.append(name)
    }
  }

  /// Takes a network of clients, or a state of connections.
  mutating func takeSelection(
    _ option: OptionName, _ value: ArgumentScanner.Value
  ) throws(GrammarError) {
    let text = words.text(value.range)
    if option == .client {
      guard let network = AddressPrefix(text) else { throw .values(.network(scanner.text(value))) }
      line.filter.clients.append(network)
    } else {
      guard let state = ConnectionStateName(anyCase: text) else {
        throw .values(.state(scanner.text(value)))
      }
      line.filter.states.append(state)
    }
  }
}

extension EndpointText {
  /// The servers at the address.
  ///
  /// - Parameter service: The service that they belong to; nil for all.
  func selection(in service: ServiceIdentity? = nil) -> ServerSelection {
    var port: UInt16?
    if case .number(let own) = self.port { port = own }
    return ServerSelection(address, port: port, in: service)
  }
}
