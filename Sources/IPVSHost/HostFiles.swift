// SPDX-License-Identifier: Apache-2.0

internal import Glibc
package import IPVSSystem
internal import IPVSText

/// The files in which a host tells about itself, below /proc, /sys, /lib, and /etc.
///
/// Files of /proc/sys/net and /proc/thread-self/net are about the network namespace of the thread that
/// opens them.
package struct HostFiles: Sendable {
  /// What precedes the path of each file; empty, but in tests.
  private let root: String

  /// The most bytes of a file that are read at once.
  package static let longestFile = 16 << 20

  /// Makes the files of this host.
  ///
  /// - Parameter root: The folder that stands for `/`.
  package init(root: String = "") {
    self.root = root
  }

  /// The inode of the network namespace of this thread; nil where it is not to be seen.
  package var namespace: UInt64? { namespace(of: "thread-self") }

  /// The inode of the network namespace of a process.
  ///
  /// - Parameter process: A folder below /proc.
  package func namespace(of process: String) -> UInt64? {
    let link = target(ofLink: "/proc/\(process)/ns/net") ?? ""
    return UInt64(link.drop { $0 != "[" }.dropFirst().prefix { $0 != "]" })
  }

  /// The content of a file as text; nil where it cannot be read.
  package func text(of path: String, atMost limit: Int = longestFile) -> String? {
    (try? content(of: path, atMost: limit)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// The content of a file.
  ///
  /// - Parameters:
  ///   - path: From the root on, such as `/proc/modules`.
  ///   - limit: The most bytes.
  /// - Throws: ENOENT where there is no such file, EACCES where it may not be read, EFBIG where it is
  ///   longer.
  package func content(
    of path: String, atMost limit: Int = longestFile
  ) throws(SystemError) -> [UInt8] {
    let file = try FileDescriptor(reading: root + path)
    defer { file.close() }
    let content = try file.readToEnd(atMost: limit &+ 1)
    guard content.count <= limit else { throw SystemError(errno: EFBIG) }
    return content
  }

  /// Opens a file that is read in pieces.
  ///
  /// - Throws: The error of opening it.
  package func open(_ path: String) throws(SystemError) -> FileDescriptor {
    try FileDescriptor(reading: root + path)
  }

  /// The value of a setting, without blanks around it; nil where there is no such setting or it cannot be
  /// read.
  ///
  /// - Parameter name: Below /proc/sys, such as `net/ipv4/ip_forward`.
  package func setting(_ name: String) -> String? {
    guard let content = try? content(of: "/proc/sys/\(name)", atMost: 4096) else { return nil }
    return String(decoding: content, as: UTF8.self).trimmed
  }

  /// The names of the files in a folder; nil where it cannot be read.
  package func names(in folder: String) -> [String]? {
    Folder.names(in: ByteString((root + folder).utf8))?.map(\.description)
  }

  /// Whether a file or a folder is there.
  package func exists(_ path: String) -> Bool { access(root + path, F_OK) == 0 }

  /// Where a symbolic link leads to; nil where it cannot be read.
  package func target(ofLink path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: 256)
    let length = readlink(root + path, &buffer, buffer.count)
    guard length > 0 else { return nil }
    return String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

extension String {
  /// The text without blanks and line ends around it.
  fileprivate var trimmed: String {
    let bytes = utf8
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || 0x9...0xd ~= byte }
    let start = bytes.firstIndex { !isBlank($0) } ?? bytes.endIndex
    let end = bytes.lastIndex { !isBlank($0) }.map { bytes.index(after: $0) } ?? start
    return String(self[start..<end])
  }
}
