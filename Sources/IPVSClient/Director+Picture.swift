// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import IPVSRules

extension Director {
  /// How often a picture is begun anew when the table changes while it is read.
  static let pictureAttempts = 8

  /// The first pause before a new attempt, in microseconds; each is twice the one before.
  private static let firstPause: useconds_t = 1000

  /// Everything that the director is set to, at one moment: what plans and promises stand on.
  ///
  /// A dump of IPVS goes on by the number of its last entry and does not tell that entries came or went
  /// in between (`ip_vs_genl_dump_services`, `ip_vs_genl_dump_dests`), and each service's servers are a
  /// dump of their own. So the table is read until two readings in a row are equal. After a reading that
  /// differs three are wanted, since the other program may be at it still: a value that went and came
  /// back between two readings cannot be seen.
  ///
  /// - Throws: `tableChanging` where no picture could be had in eight attempts.
  public mutating func picture() throws(DirectorError) -> Picture {
    var last = try reading()
    var attempts = 1
    var wanted = 1
    var pause = Self.firstPause
    while true {
      let next = try reading()
      if let difference = next.difference(from: last) {
        guard attempts < Self.pictureAttempts else {
          throw .tableChanging(attempts: attempts, difference)
        }
        attempts += 1
        wanted = 2
        usleep(pause)
        pause *= 2
      } else {
        wanted -= 1
        if wanted == 0 { return next }
      }
      last = next
    }
  }

  /// One reading, which may show a change that was made meanwhile in part.
  mutating func reading() throws(DirectorError) -> Picture {
    Picture(table: try snapshot(), timeouts: try timeouts(), daemons: try daemons())
  }
}
