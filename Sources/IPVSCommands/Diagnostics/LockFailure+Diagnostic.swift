// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSPrograms
internal import IPVSSystem

extension TableState.LockFailure {
  /// The exit status of a command that cannot have the lock.
  var status: ExitStatus {
    switch self {
    case .held: .busy
    case .file: .refused
    }
  }

  /// - Parameter wait: How long the command waited for the lock, in seconds.
  func diagnostic(after wait: UInt32) -> Diagnostic {
    switch self {
    case .held(let holder):
      Diagnostic(
        "busy: held by \(holder)",
        Explanation(
          "another change of this table is under way, and this one waited \(wait) s",
          "wait for it to end, or give this one more time with --lock-wait"))
    case .file(let path, let error):
      Diagnostic(
        "cannot lock the table",
        Explanation(
          "\(path): \(error.description)",
          error.errno == EPERM
            ? "the folder of that file must be this user's own, and not writable by others"
            : "the folder of that file must be on a file system that can be written"))
    }
  }
}
