// SPDX-License-Identifier: Apache-2.0

internal import CIPVSSystem
internal import Glibc

/// Signals as events to wait for. They no longer end the process.
public struct Signals: ~Copyable {
  /// For poll(2): readable when a signal has come.
  public let descriptor: Int32

  private var former = sigset_t()

  /// The signals that were blocked before, and are to be blocked in a child process.
  package var formerNumbers: [Int32] {
    withUnsafePointer(to: former) { former in (1..<65).filter { sigismember(former, $0) == 1 } }
  }

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

  /// What ended a wait.
  public enum Event {
    case signal(Int32)

    /// There is something to read.
    case input

    /// No one reads the output any more, or the terminal is gone.
    case hangup

    /// The time is over.
    case timeout
  }

  /// Waits for a signal, for input, and for the end of the output's reader.
  ///
  /// - Parameters:
  ///   - input: Where keys come from; nil: none do.
  ///   - milliseconds: The longest wait.
  public func wait(
    for input: FileDescriptor?, output: FileDescriptor, milliseconds: Int
  ) -> Event {
    var files = [
      pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: output.number, events: 0, revents: 0),
      pollfd(fd: input?.number ?? -1, events: Int16(POLLIN), revents: 0),
    ]
    guard poll(&files, nfds_t(files.count), Int32(clamping: milliseconds)) > 0 else {
      return .timeout
    }
    if let signal = next() { return .signal(signal.number) }
    let isGone = files.dropFirst().contains {
      $0.revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0
    }
    return isGone ? .hangup : files[2].revents != 0 ? .input : .timeout
  }

  /// Stops this process as its terminal asks for it (SIGTSTP), until it is continued.
  public func stop() {
    var stop = sigset_t()
    sigemptyset(&stop)
    sigaddset(&stop, SIGTSTP)
    kill(getpid(), SIGTSTP)
    sigprocmask(SIG_UNBLOCK, &stop, nil)
    sigprocmask(SIG_BLOCK, &stop, nil)
  }
}
