internal import Glibc
internal import IPVSAddresses
internal import IPVSClient
internal import IPVSRules
internal import IPVSText

/// What explanations look at besides the request and its errno: the rest of the table, and the
/// machine.
protocol HostInfo {
  /// The services of the table; nil where they are not to be read, as in a run of many lines.
  func services() -> [ServiceIdentity]?

  /// The real servers of a service; nil where they are not to be read or there is no such service.
  func servers(of identity: ServiceIdentity) -> [Endpoint]?

  /// Whether the kernel has a module in use, loaded or built in.
  func hasModule(_ name: String) -> Bool

  /// The names of the network interfaces.
  func interfaces() -> [String]

  /// Whether the process runs as root.
  var isRoot: Bool { get }

  /// Whether the process is in a user namespace other than the machine's first.
  var isInUserNamespace: Bool { get }
}

extension HostInfo {
  func hasModule(_ name: String) -> Bool {
    access("/sys/module/\(name)", F_OK) == 0
  }

  func interfaces() -> [String] {
    guard let list = if_nameindex() else { return [] }
    defer { if_freenameindex(list) }
    var names: [String] = []
    var entry = list
    while entry.pointee.if_index != 0, let name = entry.pointee.if_name {
      names.append(String(cString: name))
      entry += 1
    }
    return names
  }

  var isRoot: Bool { geteuid() == 0 }

  /// The first user namespace maps every number to itself (user_namespaces(7)).
  var isInUserNamespace: Bool {
    guard let file = try? FileDescriptor(reading: "/proc/self/uid_map") else { return false }
    defer { file.close() }
    var content = [UInt8](repeating: 0, count: 256)
    guard let length = try? file.read(into: &content) else { return false }
    let words = content[..<length].split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
    return words.map { String(decoding: $0, as: UTF8.self) } != ["0", "0", "4294967295"]
  }
}

/// The machine alone: for runs of many lines, in which reading the table again for each line that
/// was refused would take longer than the changes.
struct LocalHostInfo: HostInfo {
  func services() -> [ServiceIdentity]? { nil }
  func servers(of identity: ServiceIdentity) -> [Endpoint]? { nil }
}
