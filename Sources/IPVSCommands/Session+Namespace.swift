// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSPrograms
internal import IPVSSystem
internal import IPVSText

extension Session {
  /// Puts the program into a network namespace (`--netns`): its table, its connections, and its names.
  ///
  /// - Returns: Why that cannot be.
  func enter(_ name: ByteString) -> Diagnostic? {
    if let engine {
      return Diagnostic(
        "--netns does not go with an engine",
        Explanation(
          "the table of the engine at \(engine) is in the engine, not in a network namespace",
          "leave out --netns, or --engine and IPVSADM_ENGINE"))
    }
    do throws(SystemError) {
      try NetworkNamespace.enter(name)
      return nil
    } catch {
      return Diagnostic(
        "cannot enter network namespace \(printing: name, atMost: 200)",
        Self.explanation(of: error, name))
    }
  }

  private static func explanation(of error: SystemError, _ name: ByteString) -> Explanation {
    let isPath = name.bytes.contains(UInt8(ascii: "/"))
    switch error.errno {
    case ENOENT where !isPath:
      let names = NetworkNamespace.names
      return Explanation(
        names.isEmpty
          ? "there is no namespace with a name: /run/netns is empty"
          : "there is no namespace of this name; there are: \(names.joined(separator: " "))",
        "see 'ip netns list', or name a path, such as /proc/PID/ns/net")
    case ENOENT:
      return Explanation(
        "there is no such file", "name the path of a namespace, such as /proc/PID/ns/net")
    case EINVAL:
      return Explanation(
        "the file is not a network namespace",
        "name one of ip-netns(8), or a path such as /proc/PID/ns/net")
    case EPERM, EACCES:
      return Explanation(
        "this process may not enter it: that takes CAP_SYS_ADMIN", "run the command as root")
    default: return Explanation("\(error.description)", "see 'ip netns list'")
    }
  }
}
