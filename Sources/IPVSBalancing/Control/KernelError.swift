// SPDX-License-Identifier: Apache-2.0

/// Why a change is rejected: the errno that the kernel would return.
public struct KernelError: Error, Hashable, Sendable {
  /// A number of errno(3), positive.
  public let errno: Int32

  /// The error of a number.
  public init(errno: Int32) {
    self.errno = errno
  }

  /// ENOENT: no such scheduler, persistence engine, or real server.
  public static let absent = KernelError(errno: 2)

  /// ESRCH: no such service, or no such sync daemon.
  public static let serviceAbsent = KernelError(errno: 3)

  /// ENOMEM: there is no room in the table.
  public static let exhausted = KernelError(errno: 12)

  /// EEXIST: the service, server, or daemon is there already.
  public static let exists = KernelError(errno: 17)

  /// ENODEV: no such interface.
  public static let interfaceAbsent = KernelError(errno: 19)

  /// EINVAL: a value is not valid.
  public static let invalid = KernelError(errno: 22)

  /// ERANGE: a number outside of its range.
  public static let outOfRange = KernelError(errno: 34)
}
