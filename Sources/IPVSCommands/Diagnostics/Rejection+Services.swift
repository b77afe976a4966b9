// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSAddresses
internal import IPVSListing
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSchedulers
internal import IPVSText

extension Rejection {
  func explanation(of service: VirtualService, _ change: Change) -> Explanation? {
    switch errno {
    case EEXIST: presence(of: service)
    case ESRCH: absence(of: service.identity, adding: service)
    case ENOENT: absenceOfScheduler(in: service)
    case EAFNOSUPPORT: noIPv6
    case EINVAL where service.scheduler.text == "mh":
      Explanation(
        "scheduler mh takes no more real servers than its table has entries (4093)",
        "use another scheduler for this service")
    default: nil
    }
  }

  var noIPv6: Explanation? {
    guard host.peer == .kernel else { return nil }
    return Explanation(
      "the kernel has IPv6 switched off",
      "load its IPv6 module, or start it without ipv6.disable=1")
  }

  private func presence(of service: VirtualService) -> Explanation {
    let cause: MessageText =
      "the table has this service already, and -A changes nothing that is there"
    guard let present = table?.services()?.first(where: { $0.identity == service.identity }) else {
      return Explanation(cause, "change it with -E, which also resets what the line does not name")
    }
    let wanted = service.keeping(present, unlessNamedIn: line)
    guard wanted.typed != present.typed else {
      return Explanation(
        "the table has this service already, as the line asks for it", "nothing is left to do")
    }
    guard
      host.schedulers().contains(wanted.scheduler.description) || wanted.scheduler.text == "none"
    else {
      return Explanation(
        cause,
        "change it with -E, and a scheduler that \(host.peer.wording) has: "
          + "\(host.schedulers().joined(separator: " "))")
    }
    return Explanation(cause, "change it: '\(command) -E \(wanted.typed)'")
  }

  /// Why there is no such service, and which ones are like it.
  ///
  /// - Parameter missing: The service to add for what is asked for. Nil: it needs none.
  func absence(of identity: ServiceIdentity, adding missing: VirtualService?) -> Explanation? {
    guard errno == ESRCH else { return nil }
    let cause: MessageText = "the table has no such service"
    let listing: MessageText = "see '\(command) -Ln' for what is there"
    let addable = missing.flatMap {
      host.schedulers().contains($0.scheduler.description) ? $0 : nil
    }
    let addition: MessageText? = addable.map { "add it: '\(command) -A \($0.typed)'" }
    let other: MessageText = addition.map { "\(listing), or \($0)" } ?? listing
    guard let present = table?.services()?.map(\.identity).sorted() else {
      return Explanation(cause, other)
    }
    guard !present.contains(identity) else {
      // A line after the rejected one, or another program, has added it since.
      return Explanation("the table had no such service, and has it now", "run the line again")
    }
    guard !present.isEmpty else {
      return Explanation(
        "the table is empty: it has no services",
        addition ?? "nothing is left to do; -A adds a service")
    }
    let near = NearMiss.nearest(to: identity.typed, among: present, atMost: 2, \.typed)
    let similar = near + present.filter { $0.isSimilar(to: identity) && !near.contains($0) }
    let shown = similar.isEmpty && present.count <= 3 ? present : Array(similar.prefix(3))
    guard !shown.isEmpty else { return Explanation(cause, other) }
    let list = shown.map { "\($0.wording)" as MessageText }.joined()
    return Explanation(
      "\(cause); it has \(list)",
      similar.first.map { "did you mean \($0.typed)? Else \(other)" } ?? other)
  }

  /// IPVS has one errno for a scheduler and a persistence engine that it does not find.
  private func absenceOfScheduler(in service: VirtualService) -> Explanation {
    let scheduler = service.scheduler.text
    if scheduler == "pcc" {
      return Explanation(
        "`persistent client connection' was a scheduler of Linux 2.2",
        "use -p [SECONDS] with any scheduler, such as -s wlc -p 360"
      ).about("scheduler: pcc")
    }
    let hasScheduler =
      scheduler == "none" || host.hasModule("ip_vs_\(scheduler)")
      || host.schedulers().contains(scheduler.description)
    if let engine = service.engine?.text, hasScheduler {
      return absenceOfEngine(engine).about("persistence engine: \(engine)")
    }
    return absenceOfScheduler(scheduler).about("scheduler: \(scheduler)")
  }

  private func absenceOfScheduler(_ name: ByteString) -> Explanation {
    if let explanation = name.explanationOfForeignText() { return explanation }
    if name.isMissingText {
      return Explanation(
        "`(null)' was printed by a program that had no text for it",
        "write the name of a scheduler, or leave -s out for wlc")
    }
    let present = host.schedulers()
    let list = present.joined(separator: " ")
    guard SchedulerName(rawValue: name.description) != nil else {
      let near = NearMiss.nearest(
        to: name.lowercased.description, among: present, atMost: 1, { $0 })
      let cause: MessageText = "\(host.peer.wording) has no scheduler of this name"
      return near.isEmpty
        ? Explanation(cause, "use one of: \(list)")
        : Explanation(
          near[0] == name.lowercased.description ? "\(cause): names are in small letters" : cause,
          "did you mean -s \(near.joined(separator: " or -s "))? There are: \(list)")
    }
    return present.contains(name.description)
      ? Explanation(
        "the kernel could not load its module ip_vs_\(name)",
        "try 'modprobe ip_vs_\(name)'; the module must be built for the kernel that runs")
      : Explanation(
        "the kernel that runs has no module ip_vs_\(name)",
        "use one of: \(list); or install a kernel that has the module")
  }

  private func absenceOfEngine(_ name: ByteString) -> Explanation {
    guard name == "sip" else {
      return Explanation(
        "\(host.peer.wording) has no persistence engine of this name", "use sip, or leave --pe out")
    }
    return host.peer == .kernel
      ? Explanation(
        "the kernel could not load its module ip_vs_pe_sip",
        "try 'modprobe ip_vs_pe_sip'; the module must be built for the kernel that runs")
      : otherCause
  }
}

extension ServiceIdentity {
  /// Whether one may have been mistaken for the other: the same address, or the same mark.
  fileprivate func isSimilar(to other: ServiceIdentity) -> Bool {
    switch (self, other) {
    case (.endpoint(_, let left), .endpoint(_, let right)): left.address == right.address
    case (.mark(let left, _), .mark(let right, _)): left == right
    default: false
    }
  }
}
