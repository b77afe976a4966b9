internal import IPVSAddresses
internal import IPVSBalancing
internal import IPVSDevices

extension PlainSurroundings {
  /// The addresses and interfaces that this machine has at present.
  static func ofThisMachine() -> PlainSurroundings {
    var surroundings = PlainSurroundings()
    for interface in NetworkInterface.all() {
      surroundings.interfaces[interface.name] = interface.mtu
      for entry in interface.addresses {
        switch entry.address {
        case .v4(let address):
          if let network = Network(address, prefixLength: entry.prefixLength) {
            surroundings.networks.append(network)
          }
        case .v6(let address): surroundings.addresses.append(address)
        }
      }
    }
    return surroundings
  }
}
