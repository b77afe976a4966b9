// SPDX-License-Identifier: Apache-2.0

import Glibc

/// Measures the engine without a network around it, and prints a name and a number in each line.
@main enum Bench {
  static func main() {
    let words = CommandLine.arguments
    guard words.count == 4 || words.count == 5, let size = Int(words[2]), let count = Int(words[3]),
      size > 0, count > 0, let traffic = Traffic(rawValue: words.count == 5 ? words[4] : "request")
    else { fail() }
    switch words[1] {
    case "established":
      Established.run(connections: size, packets: count, traffic: traffic)
    case "growing": Growing.run(connections: size, rounds: count)
    case "expiry": Expiry.run(connections: size)
    case "maglev": Maglev.run(servers: size, choices: count)
    case "service": Services.run(services: size, connections: count, isMixed: false)
    case "services": Services.run(services: size, connections: count, isMixed: true)
    default: fail()
    }
  }

  private static func fail() -> Never {
    print(
      """
      usage: engine-bench established CONNECTIONS PACKETS [request|reply|udp|ipv6]
             engine-bench growing CONNECTIONS ROUNDS
             engine-bench expiry CONNECTIONS 1
             engine-bench maglev SERVERS CHOICES
             engine-bench service|services SERVICES CONNECTIONS
      """)
    exit(2)
  }

  static func report(_ name: String, _ value: Double) { print("\(name) \(value)") }

  /// Nanoseconds of processor time of this process.
  static func clock() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }

  /// The resident memory of the process in bytes.
  static func memory() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 256)
    guard fgets(&line, 256, file) != nil else { return 0 }
    let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    return (pages ?? 0) * 4096
  }
}
