// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSClient
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSchedulers
internal import IPVSSockets
internal import IPVSSystem
internal import IPVSText

/// Reads the table that was asked, for explanations. Nil: it is not to be read, or cannot be.
protocol TableReader {
  func services() -> [VirtualService]?

  /// The real servers of a service.
  func servers(of identity: ServiceIdentity) -> [RealServer]?
}

/// What explanations say of the IPVS that answered and of the machine that it runs on.
protocol HostInfo {
  /// Which IPVS it is.
  var peer: AnsweringPeer { get }

  /// The names of the network interfaces that IPVS has. Nil: they are not to be seen from here.
  func interfaces() -> [String]?

  /// The schedulers that IPVS has, of those whose names are known.
  func schedulers() -> [String]

  /// Whether a module of the kernel is in use, loaded or built in.
  func hasModule(_ name: String) -> Bool

  /// Whether this process runs as root.
  var isRoot: Bool { get }

  /// Whether this process is in a user namespace other than the machine's first.
  var isInUserNamespace: Bool { get }
}

/// The IPVS that answered.
enum AnsweringPeer: Equatable {
  case kernel

  /// An engine. Nil: of this process.
  case engine(path: ByteString?)

  /// The subject of a sentence.
  var wording: StaticString { self == .kernel ? "the kernel" : "the engine" }

  /// The subject of a remedy's command, so that the same IPVS is asked: `ipvsadm`, or with an engine
  /// that the environment does not name, `ipvsadm --engine PATH`.
  var command: MessageText {
    guard case .engine(let path?) = self else { return "ipvsadm" }
    let isInEnvironment = getenv("IPVSADM_ENGINE").map { ByteString(cString: $0) } == path
    return isInEnvironment ? "ipvsadm" : "ipvsadm --engine \(path)"
  }
}

/// The kernel's IPVS in the network namespace of this process.
struct KernelHostInfo: HostInfo {
  var peer: AnsweringPeer { .kernel }

  func interfaces() -> [String]? { Self.interfaces() }

  func schedulers() -> [String] { Self.present }

  func hasModule(_ name: String) -> Bool { access("/sys/module/\(name)", F_OK) == 0 }

  var isRoot: Bool { geteuid() == 0 }

  /// The first user namespace maps every number to itself (user_namespaces(7)).
  var isInUserNamespace: Bool {
    guard let content = contents(of: "/proc/self/uid_map", atMost: 256) else { return false }
    return content.split { $0 == " " || $0 == "\n" } != ["0", "0", "4294967295"]
  }

  /// The names of the network interfaces of this process's network namespace.
  fileprivate static func interfaces() -> [String]? {
    guard let list = if_nameindex() else { return nil }
    defer { if_freenameindex(list) }
    var names: [String] = []
    var entry = list
    while entry.pointee.if_index != 0, let name = entry.pointee.if_name {
      names.append(String(cString: name))
      entry += 1
    }
    return names
  }

  /// Asked once: a run of many lines may need it often.
  private static let present: [String] = {
    let missing = ModuleLoader.missing(SchedulerName.allCases.map(\.module))
    let running = release
    return SchedulerName.allCases.filter { scheduler in
      if access("/sys/module/\(scheduler.module)", F_OK) == 0 { return true }
      return scheduler.firstKernel <= running && !missing.contains(scheduler.module)
    }.map(\.rawValue)
  }()

  /// The release of the kernel that runs.
  private static var release: KernelVersion {
    let text = contents(of: "/proc/sys/kernel/osrelease", atMost: 64) ?? ""
    let numbers = text.split { $0 == "." || $0 == "-" || $0 == "+" }.prefix(2).map { Int($0) ?? 0 }
    return KernelVersion(numbers.first ?? 0, numbers.count > 1 ? numbers[1] : 0)
  }
}

/// An IPVS in a process. It has no modules, and its network namespace may be another than that of this
/// process.
struct EngineHostInfo: HostInfo {
  /// Nil: this process.
  let path: ByteString?

  var peer: AnsweringPeer { .engine(path: path) }

  func interfaces() -> [String]? {
    guard let path else { return KernelHostInfo.interfaces() }
    // Each process sees in this file the interfaces of its own network namespace.
    guard let process = EngineSocket.process(listeningAt: path.bytes),
      let content = contents(of: "/proc/\(process)/net/dev", atMost: 1 << 20)
    else { return nil }
    return content.split(separator: "\n").dropFirst(2).map { line in
      String(line.prefix { $0 != ":" }.drop { $0 == " " })
    }
  }

  func schedulers() -> [String] { SchedulerName.allCases.map(\.rawValue) }

  func hasModule(_ name: String) -> Bool { false }

  var isRoot: Bool { geteuid() == 0 }

  var isInUserNamespace: Bool { KernelHostInfo().isInUserNamespace }
}

/// The first bytes of a small file; nil if it cannot be read.
private func contents(of path: String, atMost limit: Int) -> String? {
  guard let file = try? FileDescriptor(reading: path) else { return nil }
  defer { file.close() }
  return (try? file.readToEnd(atMost: limit)).map { String(decoding: $0, as: UTF8.self) }
}
