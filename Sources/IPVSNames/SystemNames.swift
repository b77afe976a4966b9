// SPDX-License-Identifier: Apache-2.0

import Glibc
public import IPVSAddresses
import IPVSSystem
public import IPVSText

/// The names that the system knows: its hosts and services files, DNS, and whatever else
/// nsswitch.conf(5) lists.
///
/// Each question is asked once in the life of a process, as long as there are not too many of them.
/// Not for use from several threads: gethostbyname(3) and getservbyname(3) are not either.
public final class SystemNames: NameService {
  private struct Service: Hashable {
    let name: ByteString
    let transport: TransportProtocol
  }

  private struct Port: Hashable {
    let number: UInt16
    let transport: TransportProtocol
  }

  private var addresses = Answers<ByteString, [IPAddress]>()
  private var hosts = Answers<IPAddress, ByteString?>()
  private var ports = Answers<Service, UInt16?>()
  private var services = Answers<Port, ByteString?>()

  public init() {}

  public func addresses(ofHost name: ByteString) -> [IPAddress] {
    addresses.answer(to: name) { name.withCString { Self.lookUpAddresses($0) } }
  }

  public func port(ofService name: ByteString, over transport: TransportProtocol) -> UInt16? {
    guard let word = transport.word else { return nil }
    return ports.answer(to: Service(name: name, transport: transport)) {
      name.withCString { getservbyname($0, word) }
        .map { UInt16(bigEndian: UInt16(truncatingIfNeeded: $0.pointee.s_port)) }
    }
  }

  public func host(at address: IPAddress) -> ByteString? {
    hosts.answer(to: address) {
      let entry = address.networkOrder.withUnsafeBytes {
        gethostbyaddr($0.baseAddress, socklen_t($0.count), Int32(address.family.rawValue))
      }
      return entry?.pointee.h_name.map { ByteString(cString: $0) }
    }
  }

  public func service(at port: UInt16, over transport: TransportProtocol) -> ByteString? {
    guard let word = transport.word else { return nil }
    return services.answer(to: Port(number: port, transport: transport)) {
      getservbyport(Int32(port.bigEndian), word)?.pointee.s_name.map { ByteString(cString: $0) }
    }
  }

  /// IPv6 is only asked for where there is no IPv4, so that most questions go out once.
  private static func lookUpAddresses(_ name: UnsafePointer<CChar>) -> [IPAddress] {
    let ipv4 = gethostbyname2(name, AF_INET).map { entry in
      addresses(in: entry.pointee) { .v4(IPv4Address($0.reduce(0) { $0 << 8 | UInt32($1) })) }
    }
    if let ipv4, !ipv4.isEmpty { return ipv4 }
    return gethostbyname2(name, AF_INET6).map { entry in
      addresses(in: entry.pointee) { .v6(IPv6Address($0.reduce(0) { $0 << 8 | UInt128($1) })) }
    } ?? []
  }

  private static func addresses(
    in entry: hostent, as address: (UnsafeRawBufferPointer) -> IPAddress
  ) -> [IPAddress] {
    var result: [IPAddress] = []
    var next = entry.h_addr_list
    while let list = next, let bytes = list.pointee {
      result.append(address(UnsafeRawBufferPointer(start: bytes, count: Int(entry.h_length))))
      next = list + 1
    }
    return result
  }
}

extension TransportProtocol {
  /// The protocol's word in services(5).
  fileprivate var word: String? {
    switch self {
    case .tcp: "tcp"
    case .udp: "udp"
    case .sctp: "sctp"
    default: nil
    }
  }
}

extension IPAddress {
  fileprivate var networkOrder: [UInt8] {
    switch self {
    case .v4(let address): (0..<4).map { UInt8(truncatingIfNeeded: address.bits >> (24 - 8 * $0)) }
    case .v6(let address):
      (0..<16).map { UInt8(truncatingIfNeeded: address.bits >> (120 - 8 * $0)) }
    }
  }
}
