internal import CIPVSDevices
internal import Glibc
internal import IPVSAddresses
internal import IPVSText

/// ip(8) of iproute2, by which routes and rules are set.
enum RoutingTool {
  private static let program = "ip"

  /// The most bytes of its messages that are kept.
  private static let longestOutput = 4096

  /// Carries out lines of `ip -batch`, all of one family, and goes on after one that fails.
  ///
  /// - Returns: What was said of the lines that failed; nil for nothing.
  static func run(_ lines: [String], _ family: AddressFamily) -> ByteString? {
    guard !lines.isEmpty else { return nil }
    let text = Array((lines.joined(separator: "\n") + "\n").utf8)
    guard let input = anonymousFile(text), let output = anonymousFile([]) else {
      return ByteString("no file in memory: \(String(cString: strerror(errno)))")
    }
    defer {
      close(input)
      close(output)
    }
    if let failure = spawn(family == .ipv4 ? "-4" : "-6", input, output) {
      return ByteString("\(program): \(String(cString: strerror(failure)))")
    }
    let said = contents(of: output)
    return said.isEmpty ? nil : said
  }

  /// Files in memory instead of pipes: neither side ever waits for the other.
  private static func anonymousFile(_ text: [UInt8]) -> Int32? {
    let descriptor = ipvs_memory_file()
    guard descriptor >= 0 else { return nil }
    guard write(descriptor, text, text.count) == text.count, lseek(descriptor, 0, SEEK_SET) == 0
    else {
      close(descriptor)
      return nil
    }
    return descriptor
  }

  /// Nil: the program ran to its end. Otherwise the errno for which it could not.
  private static func spawn(_ family: String, _ input: Int32, _ output: Int32) -> Int32? {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
    let words = [program, family, "-force", "-batch", "-"].map { (word: String) in strdup(word) }
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    let failure = posix_spawnp(&process, program, &actions, nil, words + [nil], environ)
    guard failure == 0 else { return failure }
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return nil
  }

  private static func contents(of file: Int32) -> ByteString {
    var kept = [UInt8](repeating: 0, count: longestOutput)
    let length = pread(file, &kept, kept.count, 0)
    return ByteString(kept.prefix(max(0, length)))
  }
}
