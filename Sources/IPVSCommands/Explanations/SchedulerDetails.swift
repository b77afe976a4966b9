internal import IPVSRules

/// Why the kernel did not find the scheduler or the persistence engine of a service. It has one
/// errno for both.
enum SchedulerDetails {
  /// The schedulers of Linux, which come as modules `ip_vs_NAME`.
  static let schedulers = [
    "rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh", "twos",
  ]

  /// The persistence engines of Linux, which come as modules `ip_vs_pe_NAME`.
  static let engines = ["sip"]

  static func lines(for service: VirtualService, _ around: some HostInfo) -> [String] {
    let scheduler = service.scheduler.description
    if scheduler == "pcc" {
      return [
        "scheduler: pcc",
        "cause: 'persistent client connection' was a scheduler of Linux 2.2",
        "remedy: use -p [SECONDS] with any scheduler, e.g. -s wlc -p 360",
      ]
    }
    let hasScheduler = scheduler == "none" || around.hasModule("ip_vs_\(scheduler)")
    if let engine = service.engine?.description, hasScheduler || schedulers.contains(scheduler) {
      return absent(
        "persistence engine", engine, "ip_vs_pe_\(engine)", isKnown: engines.contains(engine),
        known: engines)
    }
    return absent(
      "scheduler", scheduler, "ip_vs_\(scheduler)", isKnown: schedulers.contains(scheduler),
      known: schedulers)
  }

  private static func absent(
    _ kind: String, _ name: String, _ module: String, isKnown: Bool, known: [String]
  ) -> [String] {
    isKnown
      ? [
        "\(kind): \(name)",
        "cause: the kernel could not load its module \(module)",
        "remedy: try 'modprobe \(module)'; the module must be built for the kernel that runs",
      ]
      : [
        "\(kind): \(name)",
        "cause: there is no \(kind) of this name: module \(module) was not found",
        "remedy: use one of: \(known.joined(separator: " "))",
      ]
  }
}
