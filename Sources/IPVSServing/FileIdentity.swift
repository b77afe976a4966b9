// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSSystem
internal import IPVSText

/// Distinguishes a file from another one that has its name later.
struct FileIdentity: Equatable {
  private let device: dev_t
  private let number: ino_t
  private let mode: mode_t
  private let owner: uid_t

  /// - Returns: nil if no file has the name. A symbolic link is not followed.
  init?(_ path: ByteString) {
    var status = stat()
    guard path.withCString({ lstat($0, &status) }) == 0 else { return nil }
    self.init(status)
  }

  /// - Returns: nil if the descriptor is not open.
  init?(_ descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  private init(_ status: stat) {
    device = status.st_dev
    number = status.st_ino
    mode = status.st_mode
    owner = status.st_uid
  }

  var isSocket: Bool { mode & S_IFMT == S_IFSOCK }

  /// Whether it is a folder of this user that no other user may enter.
  var isPrivateFolder: Bool {
    mode & S_IFMT == S_IFDIR && owner == geteuid() && mode & 0o077 == 0
  }

  static func == (one: FileIdentity, other: FileIdentity) -> Bool {
    one.device == other.device && one.number == other.number
  }
}
