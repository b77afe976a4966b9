// SPDX-License-Identifier: Apache-2.0

/// The schedulers of Linux by their names in rules (ipvsadm(8), `--scheduler`): the one list of them,
/// for the engine, the command line, and the tests.
///
/// A new scheduler is a case here, its lines in `listing`, `firstKernel`, and `SchedulerSet`, and a file with its
/// implementation in IPVSBalancing, which does not compile without it.
public enum SchedulerName: String, CaseIterable, Hashable, Sendable {
  case rr, wrr, lc, wlc, lblc, lblcr, dh, sh, sed, nq, fo, ovf, mh, twos

  /// All names as `-h` lists them, in lines of its column for explanations. A constant, since making the text
  /// would take as long as the rest of a run with `-h`.
  public static let listing: StaticString = """
    rr, wrr, lc, wlc, lblc, lblcr, dh, sh, sed, nq, fo,
                               ovf, mh, twos
    """

  /// The first version of Linux that has the scheduler. A distribution may build its kernel without.
  ///
  /// The ten of 2.6 came with IPVS. Of the sources of Linux, 3.17.0 has no fo and 3.18.20 has; 4.2.8 has
  /// no ovf and 4.3.3 has. mh came with 4.18, says its author. twos was sent to net-next on 2021-02-06, a
  /// week before 5.11, for 5.12 (commit 012da53d1afb).
  public var firstKernel: KernelVersion {
    switch self {
    case .rr, .wrr, .lc, .wlc, .lblc, .lblcr, .dh, .sh, .sed, .nq: KernelVersion(2, 6)
    case .fo: KernelVersion(3, 18)
    case .ovf: KernelVersion(4, 3)
    case .mh: KernelVersion(4, 18)
    case .twos: KernelVersion(5, 12)
    }
  }

  /// The kernel module of the scheduler.
  public var module: String { "ip_vs_\(rawValue)" }
}

/// The first two numbers of a version of Linux.
public struct KernelVersion: Hashable, Comparable, Sendable {
  public let major: Int
  public let minor: Int

  public init(_ major: Int, _ minor: Int) {
    self.major = major
    self.minor = minor
  }

  public static func < (left: KernelVersion, right: KernelVersion) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }
}

/// One implementation for each scheduler; a type that conforms declares each in the implementation's own
/// file.
public protocol SchedulerSet {
  associatedtype Implementation

  static var rr: Implementation { get }
  static var wrr: Implementation { get }
  static var lc: Implementation { get }
  static var wlc: Implementation { get }
  static var lblc: Implementation { get }
  static var lblcr: Implementation { get }
  static var dh: Implementation { get }
  static var sh: Implementation { get }
  static var sed: Implementation { get }
  static var nq: Implementation { get }
  static var fo: Implementation { get }
  static var ovf: Implementation { get }
  static var mh: Implementation { get }
  static var twos: Implementation { get }
}

extension SchedulerSet {
  /// The implementation of a scheduler.
  public static subscript(_ name: SchedulerName) -> Implementation {
    switch name {
    case .rr: rr
    case .wrr: wrr
    case .lc: lc
    case .wlc: wlc
    case .lblc: lblc
    case .lblcr: lblcr
    case .dh: dh
    case .sh: sh
    case .sed: sed
    case .nq: nq
    case .fo: fo
    case .ovf: ovf
    case .mh: mh
    case .twos: twos
    }
  }
}
