/// The schedulers of Linux, which come as modules `ip_vs_NAME`. Engines have all of them.
enum Schedulers {
  /// A release of Linux, such as 5.12.
  struct Release: Comparable {
    let major: Int
    let minor: Int

    static func < (left: Release, right: Release) -> Bool {
      (left.major, left.minor) < (right.major, right.minor)
    }
  }

  /// In the order of ipvsadm(8); `since`: the first release that has it, where that is not every one
  /// that is in use.
  static let all: [(name: String, since: Release)] =
    ["rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq"]
    .map { ($0, Release(major: 0, minor: 0)) }
    + [
      ("fo", Release(major: 3, minor: 18)), ("ovf", Release(major: 4, minor: 3)),
      ("mh", Release(major: 4, minor: 18)), ("twos", Release(major: 5, minor: 12)),
    ]

  static let names = all.map(\.name)
}
