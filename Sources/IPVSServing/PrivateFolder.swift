internal import Glibc
internal import IPVSText

/// A new folder for temporary files that is open to its owner only. It is gone, if it is empty, when
/// this value is.
struct PrivateFolder: ~Copyable {
  let path: ByteString

  /// Makes the folder in the one that TMPDIR names, or in /tmp.
  ///
  /// - Parameter name: What its name begins with.
  init(_ name: String) throws(ListenerError) {
    let place = getenv("TMPDIR").map { ByteString(cString: $0) } ?? ""
    var pattern: ByteString = place.isEmpty ? "/tmp" : place
    pattern.bytes += "/\(name).XXXXXX".utf8
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
}
