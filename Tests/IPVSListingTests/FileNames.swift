// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSNames
import IPVSText
import TestSupport

/// The names in the text of a hosts file and a services file.
final class FileNames: NameService, Sendable {
  private let hosts: [(address: IPAddress, names: [ByteString])]
  private let services: [(port: UInt16, transport: TransportProtocol, names: [ByteString])]

  init(hosts: String, services: String) {
    var knownHosts: [(address: IPAddress, names: [ByteString])] = []
    var knownServices: [(port: UInt16, transport: TransportProtocol, names: [ByteString])] = []
    for line in hosts.split(separator: "\n") {
      let words = line.split(separator: " ").map { ByteString(String($0)) }
      guard let first = words.first else { continue }
      let address =
        IPv4Address(first).map(IPAddress.v4) ?? IPv6Address(first).map(IPAddress.v6)
      if let address { knownHosts.append((address, Array(words.dropFirst()))) }
    }
    let transports: [Substring: TransportProtocol] = ["tcp": .tcp, "udp": .udp, "sctp": .sctp]
    for line in services.split(separator: "\n") {
      let words = line.split(separator: " ")
      let parts = words[1].split(separator: "/")
      guard let port = UInt16(parts[0]), let transport = transports[parts[1]] else { continue }
      let names = [words[0]] + words.dropFirst(2)
      knownServices.append((port, transport, names.map { ByteString(String($0)) }))
    }
    self.hosts = knownHosts
    self.services = knownServices
  }

  func addresses(ofHost name: ByteString) -> [IPAddress] {
    hosts.filter { $0.names.contains(name) }.map(\.address)
      .sorted { $0.family < $1.family }
  }

  func port(ofService name: ByteString, over transport: TransportProtocol) -> UInt16? {
    services.first { $0.transport == transport && $0.names.contains(name) }?.port
  }

  func host(at address: IPAddress) -> ByteString? {
    hosts.first { $0.address == address }?.names.first
  }

  func service(at port: UInt16, over transport: TransportProtocol) -> ByteString? {
    services.first { $0.port == port && $0.transport == transport }?.names.first
  }
}

extension CommandRecordings.Environment {
  var names: FileNames {
    FileNames(hosts: files["/etc/hosts"] ?? "", services: files["/etc/services"] ?? "")
  }
}
