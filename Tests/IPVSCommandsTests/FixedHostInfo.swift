import IPVSAddresses
import IPVSRules

@testable import IPVSCommands

/// A machine and a table that tests choose.
struct FixedHostInfo: HostInfo {
  var table: [ServiceIdentity: [Endpoint]]? = [:]
  var modules: Set<String> = ["ip_vs", "ip_vs_rr", "ip_vs_wlc"]
  var interfaceNames = ["lo", "dummy0"]
  var isRoot = true
  var isInUserNamespace = false

  func services() -> [ServiceIdentity]? { table.map { Array($0.keys) } }

  func servers(of identity: ServiceIdentity) -> [Endpoint]? { table.flatMap { $0[identity] } }

  func hasModule(_ name: String) -> Bool { modules.contains(name) }

  func interfaces() -> [String] { interfaceNames }
}
