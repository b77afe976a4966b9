// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses
public import IPVSText

/// Where names of hosts and services are looked up, in both directions.
///
/// The grammar reads names and listings print them; tests put a table of their own in this place.
public protocol NameService: AnyObject {
  /// The addresses of a host, IPv4 before IPv6, each family in the order of the system's resolver.
  /// Empty if the name is unknown.
  func addresses(ofHost name: ByteString) -> [IPAddress]

  /// The port of a service such as `http`, in host order, for one protocol.
  func port(ofService name: ByteString, over transport: TransportProtocol) -> UInt16?

  /// The name of the host with an address.
  func host(at address: IPAddress) -> ByteString?

  /// The name of the service on a port, for one protocol.
  func service(at port: UInt16, over transport: TransportProtocol) -> ByteString?
}
