// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSBalancing
internal import IPVSDevices

extension HostNetwork {
  /// The addresses and interfaces that this machine has at present.
  static func ofThisMachine() -> HostNetwork {
    var hostInfo = HostNetwork()
    for interface in NetworkInterface.all() {
      hostInfo.interfaces[interface.name] = interface.mtu
      for entry in interface.addresses {
        switch entry.address {
        case .v4(let address):
          if let network = Network(address, prefixLength: entry.prefixLength) {
            hostInfo.networks.append(network)
          }
        case .v6(let address): hostInfo.addresses.append(address)
        }
      }
    }
    return hostInfo
  }
}
