// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import IPVSText

/// A folder of the file system.
public enum Folder {
  /// The names in a folder, without `.` and `..`, in ascending order; nil where it cannot be read.
  public static func names(in path: ByteString) -> [ByteString]? {
    guard let listing = path.withCString({ opendir($0) }) else { return nil }
    defer { closedir(listing) }
    var names: [ByteString] = []
    while let entry = readdir(listing) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        ByteString(bytes.prefix { $0 != 0 })
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// The path of the folder that this process is in; nil where it is in none.
  public static var current: ByteString? {
    guard let path = getcwd(nil, 0) else { return nil }
    defer { free(path) }
    return ByteString(cString: path)
  }
}
