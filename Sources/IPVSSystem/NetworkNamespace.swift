// SPDX-License-Identifier: Apache-2.0

internal import CIPVSSystem
internal import Glibc
public import IPVSText

/// The network namespace of this process.
public enum NetworkNamespace {
  /// The option of a socket that asks for the namespace's cookie (`SO_NETNS_COOKIE`, Linux 5.14).
  private static let cookieOption: Int32 = 71

  /// A number that no other namespace has as long as the machine runs: the cookie, or before Linux 5.14
  /// the inode, which a later namespace may get again. Nil where neither is to be had.
  public static var number: UInt64? {
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    defer { Glibc.close(socket) }
    var cookie: UInt64 = 0
    var size = socklen_t(MemoryLayout<UInt64>.size)
    if getsockopt(socket, SOL_SOCKET, cookieOption, &cookie, &size) == 0 { return cookie }
    var status = stat()
    return stat("/proc/self/ns/net", &status) == 0 ? UInt64(status.st_ino) : nil
  }

  /// The folder in which ip-netns(8) keeps namespaces by name.
  private static let folder = "/run/netns"

  /// Puts this process into a namespace. It must have one thread.
  ///
  /// - Parameter name: A name of ip-netns(8), or if it has a slash, the path of a namespace, such as
  ///   `/proc/1/ns/net`.
  /// - Throws: ENOENT where there is none, EINVAL where the file is none, EPERM where this process may
  ///   not enter it.
  public static func enter(_ name: ByteString) throws(SystemError) {
    let file = try open(name)
    defer { file.close() }
    try enter(file)
  }

  /// Calls `body` in a namespace, and comes back.
  ///
  /// - Parameter name: As of `enter(_:)`.
  public static func within<Value, Failure: Error>(
    _ name: ByteString, _ body: () throws(Failure) -> Value
  ) throws(SystemError) -> Result<Value, Failure> {
    let own = try FileDescriptor(reading: "/proc/thread-self/ns/net")
    defer { own.close() }
    try enter(name)
    let result = Result { () throws(Failure) in try body() }
    try enter(own)
    return result
  }

  private static func open(_ name: ByteString) throws(SystemError) -> FileDescriptor {
    let isPath = name.bytes.contains(UInt8(ascii: "/"))
    return try FileDescriptor(
      reading: isPath ? name : ByteString(Array("\(folder)/".utf8) + name.bytes))
  }

  private static func enter(_ file: FileDescriptor) throws(SystemError) {
    let result = ipvs_network_enter(file.number)
    if result < 0 { throw SystemError(errno: -result) }
  }

  /// The names of the namespaces that ip-netns(8) has made.
  public static var names: [String] {
    (Folder.names(in: ByteString(folder)) ?? []).map(\.description)
  }
}
