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
    case .setting(let path):
      Diagnostic("cannot lead packets through the device", cause: "\(path) cannot be written")
    case .routing(let said):
      Diagnostic(
        "cannot lead packets through the device", about: ["ip(8) says:"] + lines(of: said))
    }
  }

  private static func lines(of text: ByteString) -> [MessageText] {
    text.bytes.split(separator: UInt8(ascii: "\n")).map { "\(ByteString($0))" }
  }
}
