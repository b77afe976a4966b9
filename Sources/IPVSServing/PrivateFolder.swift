// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSSystem
internal import IPVSText

/// A folder for temporary files that is open to its owner only. It is gone, if it is empty, when this
/// value is.
struct PrivateFolder: ~Copyable {
  /// How many characters mkdtemp(3) puts behind the name.
  private static let suffixLength = 6

  let path: ByteString

  private init(at path: ByteString) {
    self.path = path
  }

  /// Makes a folder in the one for temporary files.
  ///
  /// - Parameter name: What its name begins with; a point and six characters follow.
  init(_ name: ByteString) throws(ListenerError) {
    let pattern = Self.parent.appending("/").appending(name).appending(".XXXXXX")
    guard let path = pattern.withCString({ strdup($0) }) else {
      throw .refused(pattern, errno: ENOMEM)
    }
    defer { free(path) }
    guard mkdtemp(path) != nil else { throw .refused(pattern, errno: errno) }
    self.path = ByteString(cString: path)
  }

  deinit {
    _ = path.withCString { rmdir($0) }
  }

  /// The folder that TMPDIR names, or /tmp.
  private static var parent: ByteString {
    let named = getenv("TMPDIR").map { ByteString(cString: $0) } ?? ""
    return named.isEmpty ? "/tmp" : named
  }

  /// Calls `body` with each folder that `init` made for this user and this name, now or in an earlier
  /// process. What is left empty is removed.
  static func forEach(_ name: ByteString, _ body: (consuming PrivateFolder) -> Void) {
    let parent = parent
    guard let listing = parent.withCString({ opendir($0) }) else { return }
    defer { closedir(listing) }
    let prefix = name.appending(".")
    while let entry = readdir(listing) {
      let found = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { ByteString(cString: $0) }
      }
      let path = parent.appending("/").appending(found)
      guard found.count == prefix.count + suffixLength, found.bytes.starts(with: prefix.bytes),
        FileIdentity(path)?.isPrivateFolder == true
      else { continue }
      body(PrivateFolder(at: path))
    }
  }
}

extension ByteString {
  func appending(_ text: ByteString) -> ByteString { ByteString(bytes + text.bytes) }
}
