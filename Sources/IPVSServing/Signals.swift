internal import CIPVSServing
internal import Glibc

/// Signals as events to wait for, in place of what they would do to the process.
public struct Signals: ~Copyable {
  /// For poll(2): readable when a signal has come.
  public let descriptor: Int32

  /// The signals that were blocked before; a child process is to have them so again.
  private(set) var former = sigset_t()

  /// Nil: the system has no descriptor left.
  ///
  /// - Parameter numbers: which ones. Those that whoever started the process has had it take no notice of,
  ///   as nohup(1) does, stay without effect, unless it is the one about children.
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

    /// It was sent by the kernel, as for a key at a terminal, where all processes in the foreground
    /// get it.
    public let isFromKernel: Bool
  }

  /// The next one that has come. Nil: none.
  public func next() -> Signal? {
    var isFromKernel = false
    let number = ipvs_next_signal(descriptor, &isFromKernel)
    return number > 0 ? Signal(number: number, isFromKernel: isFromKernel) : nil
  }
}
