// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import IPVSSystem
public import IPVSText

/// A command that runs beside this process.
public struct ChildProcess {
  /// The exit statuses of a shell for a command that cannot be executed, and for one that is not found.
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

  /// Starts a command, which is looked up in PATH.
  ///
  /// - Parameters:
  ///   - words: The command and its arguments, at least one.
  ///   - variable: Added to the environment of this process.
  ///   - signals: Those that this process waits for; in the command they are as they were before.
  public init(
    _ words: [ByteString], _ variable: (name: StaticString, value: ByteString),
    _ signals: borrowing Signals
  ) throws(Failure) {
    _ = variable.value.withCString { setenv("\(variable.name)", $0, 1) }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var mask = sigset_t()
    sigemptyset(&mask)
    for number in signals.formerNumbers { sigaddset(&mask, number) }
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

  /// Looks whether the command has ended. Must not be called again after it has.
  ///
  /// - Returns: The exit status as a shell has it; nil while the command runs.
  public func ended() -> Int32? {
    var status: Int32 = 0
    guard waitpid(process, &status, WNOHANG) == process else { return nil }
    let signal = status & 0x7f
    return signal == 0 ? status >> 8 & 0xff : Self.signalled + signal
  }
}
