// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSClient
internal import IPVSHost
internal import IPVSRules
internal import IPVSSockets

extension DirectorRules {
  /// The kernel: D01 to D04.
  static var kernel: [Rule<DirectorFacts>] {
    [
      Rule(.ipvsAbsent, needs: []) { facts, report in
        guard case .ipvsAbsent? = facts.failure, !facts.isEngine else { return }
        report.find(absence(facts))
      },
      Rule(.noRights, needs: []) { facts, report in
        guard case .refused(errno: EPERM)? = facts.failure, !facts.isEngine else { return }
        report.find(
          .noRights, nil, [], Evidence("IPVS_CMD_GET_INFO", "Operation not permitted"),
          cause: "IPVS answers those alone that have CAP_NET_ADMIN in the first user namespace",
          remedy: "run '\(facts.host.program) --doctor' as root; in a container, on the host")
      },
      Rule(.settingsAbsent, needs: [.table]) { facts, report in
        guard !facts.isEngine, let reason = facts.gaps[.vsSettings] else { return }
        report.find(
          .settingsAbsent, nil, [], Evidence("/proc/sys/net/ipv4/vs", reason),
          cause: "/proc is that of another namespace, or this is not the first user namespace",
          remedy: "run '\(facts.host.program) --doctor' as root on the host")
      },
      Rule(.schedulerAbsent, needs: [.modules]) { facts, report in
        findSchedulers(facts, &report)
      },
    ]
  }

  private static func absence(_ facts: DirectorFacts) -> Finding {
    let release = facts.host.kernel.release
    func finding(_ value: String, _ cause: String, _ remedy: String) -> Finding {
      Finding(
        .ipvsAbsent, nil, [.named(.module, "ip_vs")], [Evidence("/lib/modules/\(release)", value)],
        cause: cause, remedy: [remedy])
    }
    switch facts.host.modules.state(of: "ip_vs") {
    case .loadable:
      return finding("ip_vs is installed", "the module ip_vs is not loaded", "modprobe ip_vs")
    case .present:
      return finding(
        "ip_vs is loaded", "the module is there, and its netlink family is not",
        "see the kernel's log (dmesg)")
    case .absent:
      return finding(
        "no ip_vs", "the module ip_vs is not installed for the kernel that runs",
        "install it: on Ubuntu, it is in the package linux-modules-extra-\(release)")
    case .unknown where facts.host.modules.hasOtherKernels:
      return finding(
        "there is no such folder",
        "the modules of the kernel that runs are not installed; another kernel was installed since "
          + "the boot",
        "boot the kernel that is installed, or install the modules of \(release)")
    case .unknown:
      return finding(
        "there is no such folder",
        "the modules of the kernel are not to be seen from here, as in a container",
        "load the module on the host: modprobe ip_vs")
    }
  }

  /// What is in the table can be had; modules alone do not tell of schedulers that are built in.
  private static func findSchedulers(_ facts: DirectorFacts, _ report: inout Report) {
    let present = Set(facts.services.map(\.service.scheduler))
    for saved in facts.savedRules {
      var seen = present
      for service in saved.rules.services {
        let scheduler = service.service.scheduler
        guard seen.insert(scheduler).inserted else { continue }
        let module = "ip_vs_\(scheduler)"
        let state = facts.host.modules.state(of: module)
        if state == .unknown {
          report.skip(.schedulerAbsent, "the modules of the kernel are not to be seen from here")
        }
        guard state == .absent else { continue }
        report.find(
          .schedulerAbsent, saved.isWanted ? .error : .warning,
          [.named(.scheduler, "\(scheduler)")],
          Evidence("/lib/modules/\(facts.host.kernel.release)", "no \(module)"),
          Evidence(saved.path, "\(service.service.identity) is scheduled by \(scheduler)"),
          cause: "no module of the kernel that runs has the name \(module)",
          remedy:
            "install it, as with the package linux-modules-extra-\(facts.host.kernel.release) of "
            + "Ubuntu, and try modprobe \(module); or choose another scheduler")
      }
    }
  }
}
