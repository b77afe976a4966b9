// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSDevices
internal import IPVSPrograms
internal import IPVSText

// What is said of captures, devices, and routes.
extension EngineFailure {
  static func diagnostic(of error: CaptureError) -> Diagnostic {
    switch error {
    case .open(let file, let errno):
      Diagnostic("cannot open a capture", about: ["file: \(file)"], cause: words(for: errno))
    case .read(let file, let errno):
      Diagnostic("cannot read a capture", about: ["file: \(file)"], cause: words(for: errno))
    case .write(let file, let errno):
      Diagnostic(
        "cannot write a capture", about: ["file: \(file)"], cause: words(for: errno),
        remedy: "what was written is not complete")
    case .notACapture(let file):
      Diagnostic(
        "cannot read a capture", about: ["file: \(file)"],
        cause: "it does not begin as files of tcpdump do")
    case .newerFormat(let file):
      Diagnostic(
        "cannot read a capture", about: ["file: \(file)"], cause: "it is of the format pcapng",
        remedy: "turn it into pcap: tcpdump -r \(file) -w NEWFILE")
    case .linkType(let file, let number):
      Diagnostic(
        "cannot read a capture", about: ["file: \(file)"],
        cause: "its packets are from a kind of network that is not known here, number \(number)")
    case .damaged(let file, let packet):
      Diagnostic(
        "cannot read a capture to its end", about: ["file: \(file)"],
        cause: "packet \(packet) is not whole; those before it were taken")
    }
  }

  static func diagnostic(of error: DeviceError) -> Diagnostic {
    switch error {
    case .open(let name, let errno):
      Diagnostic(
        "cannot make a TUN device", about: ["device: \(name)"], cause: words(for: errno),
        remedy: remedy(for: errno))
    case .link(let name, let errno):
      Diagnostic("cannot set a device up", about: ["device: \(name)"], cause: words(for: errno))
    case .read(let name, let errno):
      Diagnostic(
        "cannot read packets", about: ["device: \(name)"], cause: words(for: errno),
        remedy: "the device is gone or down; start the engine again")
    }
  }

  private static func remedy(for errno: Int32) -> MessageText? {
    switch errno {
    case EPERM, EACCES: "run it as root, or with the capability CAP_NET_ADMIN"
    case ENOENT, ENODEV:
      "load the module tun; in a container, mknod /dev/net/tun c 10 200 makes the file"
    case EBUSY: "another program has the device; take another name"
    case ENAMETOOLONG: "the name of a device has 1 to 15 bytes"
    case EINVAL: "the name is that of a device of another kind; take another name"
    default: nil
    }
  }

  static func diagnostic(of error: PolicyRoutingError) -> Diagnostic {
    switch error {
    case .inUse:
      Diagnostic(
        "cannot lead packets through the device",
        cause: "another engine does so in this network namespace",
        remedy: "end that one, or leave --divert out and set the routes yourself")
    case .priorityTaken(let priority):
      Diagnostic(
        "cannot lead packets through the device", about: ["priority of a rule: \(priority)"],
        cause:
          "a foreign rule has it; the engine's own are at 1 to 7, or before that for local addresses",
        remedy: "give that rule another priority (ip-rule(8))")
    case .setting(let path):
      Diagnostic("cannot lead packets through the device", cause: "\(path) cannot be written")
    case .socket(let errno):
      Diagnostic(
        "cannot lead packets through the device", about: ["routing of the system (rtnetlink)"],
        cause: words(for: errno))
    case .refused(let errno):
      Diagnostic(
        "cannot lead packets through the device", about: ["a rule or route of the system"],
        cause: words(for: errno), remedy: routingRemedy(for: errno))
    }
  }

  private static func routingRemedy(for errno: Int32) -> MessageText? {
    switch errno {
    case EPERM: "run it as root, or with the capability CAP_NET_ADMIN"
    case EOPNOTSUPP, EAFNOSUPPORT:
      "the kernel must have policy routing (CONFIG_IP_MULTIPLE_TABLES, CONFIG_IPV6_MULTIPLE_TABLES)"
    default: nil
    }
  }

  /// What is said of routing that another program took away.
  static func diagnostic(of loss: RoutingLoss, _ device: ByteString) -> Diagnostic {
    let packets: MessageText = "packets of services did not come for a moment"
    let about: MessageText = "device: \(device)"
    return switch loss {
    case .rules:
      Diagnostic(
        packets, about: [about],
        cause: "another program deleted rules of ip rule; they are set again",
        remedy: rulesRemedy)
    case .localRule:
      Diagnostic(
        "this machine received nothing for a moment", about: [about],
        cause: "another program deleted the rule for local addresses; it is set again",
        remedy: rulesRemedy)
    case .routes:
      Diagnostic(
        packets, about: [about],
        cause: "its routes were deleted, or it was down; they are set again")
    case .address:
      Diagnostic(
        packets, about: [about], cause: "another program deleted its address; it is set again")
    case .settings:
      Diagnostic(
        packets, about: [about],
        cause:
          """
          another program changed ip_early_demux, conf/all/rp_filter, or conf/\(device) below \
          /proc/sys/net/ipv4; what the device needs is set again
          """
      )
    case .deviceDown:
      Diagnostic(
        "packets of services do not come", about: [about], cause: "another program set it down",
        remedy: "ip link set \(device) up")
    }
  }

  private static var rulesRemedy: MessageText {
    "if it was systemd-networkd, set ManageForeignRoutingPolicyRules=no in networkd.conf"
  }
}
