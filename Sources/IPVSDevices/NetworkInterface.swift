// SPDX-License-Identifier: Apache-2.0

internal import CIPVSSystem
internal import Glibc
public import IPVSAddresses
public import IPVSText

/// A network interface of this machine.
public struct NetworkInterface: Hashable, Sendable {
  public let name: ByteString

  /// The longest packet that the interface sends, in bytes.
  public let mtu: UInt32

  /// An address of the machine, with the length of the prefix of its network.
  public struct Address: Hashable, Sendable {
    public let address: IPAddress
    public let prefixLength: Int

    init(_ address: IPAddress, prefixLength: Int) {
      self.address = address
      self.prefixLength = prefixLength
    }
  }

  public private(set) var addresses: [Address] = []

  /// All interfaces of this machine (getifaddrs(3)), by name; none if the system does not list them.
  public static func all() -> [NetworkInterface] {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return [] }
    defer { freeifaddrs(list) }
    var found: [ByteString: NetworkInterface] = [:]
    var entry = list
    while let present = entry {
      let name = ByteString(cString: present.pointee.ifa_name)
      let address = Address(present.pointee)
      found[name, default: NetworkInterface(name, present.pointee.ifa_name)].addresses +=
        address.map { [$0] } ?? []
      entry = present.pointee.ifa_next
    }
    return found.values.sorted { $0.name < $1.name }
  }

  private init(_ name: ByteString, _ text: UnsafePointer<CChar>) {
    self.name = name
    mtu = UInt32(max(0, ipvs_link_mtu(text)))
  }
}

extension NetworkInterface.Address {
  fileprivate init?(_ entry: ifaddrs) {
    guard let pointer = entry.ifa_addr, let address = SocketAddress.read(pointer) else {
      return nil
    }
    self.address = address
    let mask = entry.ifa_netmask.flatMap { SocketAddress.read($0) }
    switch mask {
    case .v4(let mask): prefixLength = mask.bits.nonzeroBitCount
    case .v6(let mask): prefixLength = mask.bits.nonzeroBitCount
    case nil: prefixLength = 0
    }
  }
}
