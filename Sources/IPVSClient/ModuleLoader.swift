// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSText

/// Loads kernel modules with modprobe(8).
package enum ModuleLoader {
  struct Outcome {
    let succeeded: Bool

    /// What modprobe wrote on standard error, without the last line end; nil for nothing.
    let output: ByteString?
  }

  private static let program = "/sbin/modprobe"

  /// The most bytes of modprobe's messages that are kept.
  private static let longestOutput = 4096

  /// Whether the kernel has IPVS, as far as can be seen without asking for it.
  static var isPresent: Bool {
    access("/proc/net/ip_vs", F_OK) == 0 || access("/proc/net", F_OK) != 0
  }

  /// Runs `/sbin/modprobe -- MODULE` and waits for it.
  static func load(_ module: String) -> Outcome { run(program, ["--", module]) }

  /// Of modules by name, those that the kernel could not load because they are not installed. Nothing
  /// is loaded. Empty also where that cannot be found out.
  ///
  /// The program that the kernel itself would call is asked: it may look in a folder of its own.
  package static func missing(_ modules: [String]) -> Set<String> {
    let outcome = run(kernelsProgram ?? program, ["--dry-run", "--all", "--"] + modules)
    guard !outcome.succeeded, let output = outcome.output?.description else { return [] }
    let words = output.split { $0 == " " || $0 == "\n" }
    return Set(
      modules.filter { module in
        words.indices.contains { index in
          words[index] == module && words[index...].dropFirst().prefix(2) == ["not", "found"]
        }
      })
  }

  /// What /proc/sys/kernel/modprobe names.
  private static var kernelsProgram: String? {
    let file = open("/proc/sys/kernel/modprobe", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    let path = readAll(file).description
    return path.isEmpty ? nil : path
  }

  private static func run(_ program: String, _ arguments: [String]) -> Outcome {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { return Outcome(succeeded: false, output: nil) }
    defer { close(ends[0]) }
    _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO)
    let words = ([program] + arguments).map { (word: String) in strdup(word) }
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    let failure = posix_spawn(&process, program, &actions, nil, words + [nil], environ)
    close(ends[1])
    guard failure == 0 else {
      let reason = String(cString: strerror(failure))
      return Outcome(succeeded: false, output: ByteString("\(program): \(reason)"))
    }
    let output = readAll(ends[0])
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return Outcome(succeeded: status == 0, output: output.isEmpty ? nil : output)
  }

  private static func readAll(_ descriptor: Int32) -> ByteString {
    var kept: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1024)
    while true {
      let length = read(descriptor, &chunk, chunk.count)
      if length < 0, errno == EINTR { continue }
      guard length > 0 else { break }
      kept.append(contentsOf: chunk[..<length].prefix(longestOutput - kept.count))
    }
    if kept.last == UInt8(ascii: "\n") { kept.removeLast() }
    return ByteString(kept)
  }
}
