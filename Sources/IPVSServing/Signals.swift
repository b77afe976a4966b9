// SPDX-License-Identifier: Apache-2.0

internal import CIPVSSystem
internal import Glibc

/// Signals as events to wait for. They no longer end the process.
public struct Signals: ~Copyable {
  /// For poll(2): readable when a signal has come.
  public let descriptor: Int32

  /// The signals that were blocked before, and are to be blocked in a child process.
  private(set) var former = sigset_t()

  /// Fails if the system has no descriptor left.
  ///
  /// - Parameter numbers: The signals to wait for. Those that are ignored at the start of the process,
  ///   as under nohup(1), stay ignored; SIGCHLD does not.
  public init?(_ numbers: [Int32]) {
    var wanted = sigset_t()
    sigemptyset(&wanted)
    if numbers.contains(SIGCHLD) { signal(SIGCHLD, SIG_DFL) }
    for number in numbers where !ipvs_is_ignored(number) { sigaddset(&wanted, number) }
    descriptor = ipvs_signal_file(&wanted)
    guard descriptor >= 0 else { return nil }
    sigprocmask(SIG_BLOCK, &wanted, &former)
  }

  deinit {
    close(descriptor)
    var former = former
    sigprocmask(SIG_SETMASK, &former, nil)
  }

  public struct Signal {
    public let number: Int32

    /// Whether the kernel sent it, as for a key at a terminal. Then all processes in the foreground get
    /// it.
    public let isFromKernel: Bool
  }

  /// The next signal that has come, if one has.
  public func next() -> Signal? {
    var isFromKernel = false
    let number = ipvs_next_signal(descriptor, &isFromKernel)
    return number > 0 ? Signal(number: number, isFromKernel: isFromKernel) : nil
  }
}
