internal import Glibc
public import IPVSText

/// A command that runs beside this process.
public struct ChildProcess {
  /// What a shell says of a command that is there but cannot be executed, and of one that is not there.
  private static let cannotExecute: Int32 = 126
  private static let notFound: Int32 = 127

  /// A shell adds this to the signal that ended a command.
  private static let signalled: Int32 = 128

  private let process: pid_t

  /// Why a command did not start.
  public struct Failure: Error {
    public let errno: Int32

    /// The exit status that a shell would have.
    public var status: Int32 {
      errno == ENOENT ? ChildProcess.notFound : ChildProcess.cannotExecute
    }
  }

  /// Starts a command, which is looked for as a shell does.
  ///
  /// - Parameters:
  ///   - words: The command and its arguments, at least one.
  ///   - variable: What it finds in its environment beside what this process has.
  ///   - signals: Those that this process waits for; the command gets them as they were before.
  public init(
    _ words: [ByteString], _ variable: (name: StaticString, value: ByteString),
    _ signals: borrowing Signals
  ) throws(Failure) {
    _ = variable.value.withCString { setenv("\(variable.name)", $0, 1) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var mask = signals.former
    posix_spawnattr_setsigmask(&attributes, &mask)
    var defaults = sigset_t()
    sigemptyset(&defaults)
    sigaddset(&defaults, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    let arguments = words.map { $0.withCString { strdup($0) } }
    defer { for argument in arguments { free(argument) } }
    guard let program = arguments.first, let program else { throw Failure(errno: ENOENT) }
    var process: pid_t = 0
    let failure = posix_spawnp(&process, program, nil, &attributes, arguments + [nil], environ)
    guard failure == 0 else { throw Failure(errno: failure) }
    self.process = process
  }

  public func send(_ signal: Int32) { kill(process, signal) }

  /// The exit status as a shell has it. Nil: it still runs. Not to be asked again once it has ended.
  public func ended() -> Int32? {
    var status: Int32 = 0
    guard waitpid(process, &status, WNOHANG) == process else { return nil }
    let signal = status & 0x7f
    return signal == 0 ? status >> 8 & 0xff : Self.signalled + signal
  }
}
