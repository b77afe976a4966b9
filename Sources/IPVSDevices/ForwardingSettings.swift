public import IPVSAddresses

/// Whether the system passes on packets that are not for itself, as it must do with those of services
/// that are led through a device.
public enum ForwardingSettings {
  /// The settings of some families that are off, by their names under /proc/sys.
  public static func missing(for families: Set<AddressFamily>) -> [String] {
    families.map { family in
      family == .ipv4 ? "net/ipv4/ip_forward" : "net/ipv6/conf/all/forwarding"
    }
    .filter { SystemSetting(path: "/proc/sys/\($0)").value == "0" }
    .sorted()
  }
}
