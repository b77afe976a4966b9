// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses

/// The prefixes of the networks that this machine is in, whose hosts it reaches without a router.
public struct OnLinkPrefixes: Hashable, Sendable {
  private struct Network: Hashable {
    let prefix: UInt128
    let length: Int
    let family: AddressFamily

    init(of address: IPAddress, length: Int) {
      let (bits, width) =
        switch address {
        case .v4(let address): (UInt128(address.bits), 32)
        case .v6(let address): (address.bits, 128)
        }
      // A shift by the whole width gives 0.
      prefix = bits >> UInt128(width - length)
      self.length = length
      family = address.family
    }
  }

  private var networks: Set<Network> = []
  private var lengths: [AddressFamily: Set<Int>] = [:]

  /// The prefixes of the addresses that the interfaces have now.
  public init() {
    self.init(NetworkInterface.all().flatMap(\.addresses))
  }

  init(_ addresses: [NetworkInterface.Address]) {
    for own in addresses where own.prefixLength > 0 {
      networks.insert(Network(of: own.address, length: own.prefixLength))
      lengths[own.address.family, default: []].insert(own.prefixLength)
    }
  }

  public func contains(_ address: IPAddress) -> Bool {
    lengths[address.family, default: []].contains { length in
      networks.contains(Network(of: address, length: length))
    }
  }
}
