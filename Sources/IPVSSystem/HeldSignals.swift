// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The signals that ask a program to end, held back as long as this value lives: a program that has begun
/// something looks for them where it can leave the matter in order.
public struct HeldSignals: ~Copyable {
  private var held = sigset_t()
  private var former = sigset_t()

  /// Holds back SIGINT, SIGTERM, SIGHUP, and SIGPIPE: where the reader of the output is gone, so is the
  /// person.
  public init() {
    sigemptyset(&held)
    for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { sigaddset(&held, signal) }
    sigprocmask(SIG_BLOCK, &held, &former)
  }

  deinit {
    var former = former
    sigprocmask(SIG_SETMASK, &former, nil)
  }

  /// Waits for one of the signals.
  ///
  /// - Parameter milliseconds: The longest wait; 0 for none.
  /// - Returns: Whether one came. It is taken: the program goes on.
  public func wait(milliseconds: Int) -> Bool {
    var held = held
    var limit = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
    return sigtimedwait(&held, nil, &limit) > 0
  }
}
