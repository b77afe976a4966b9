// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSNames
import IPVSRules
import IPVSText

@testable import IPVSCommands

/// A host that a test describes.
struct FixedHostInfo: HostInfo {
  var peer = AnsweringPeer.kernel
  var modules: Set<String> = ["ip_vs", "ip_vs_rr", "ip_vs_wlc"]
  var installedSchedulers = ["rr", "wrr", "wlc", "sh", "fo", "mh"]
  var interfaceNames: [String]? = ["lo", "dummy0"]
  var isRoot = true
  var isInUserNamespace = false

  func interfaces() -> [String]? { interfaceNames }

  func schedulers() -> [String] { installedSchedulers }

  func hasModule(_ name: String) -> Bool { modules.contains(name) }
}

/// A table that a test describes.
struct FixedTable: TableReader {
  var content: [ServiceIdentity: [RealServer]] = [:]

  func services() -> [VirtualService]? { content.keys.map { VirtualService($0) } }

  func servers(of identity: ServiceIdentity) -> [RealServer]? { content[identity] }
}

/// No names at all.
final class NoNames: NameService {
  func addresses(ofHost name: ByteString) -> [IPAddress] { [] }
  func port(ofService name: ByteString, over transport: TransportProtocol) -> UInt16? { nil }
  func host(at address: IPAddress) -> ByteString? { nil }
  func service(at port: UInt16, over transport: TransportProtocol) -> ByteString? { nil }
}
