// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses
internal import IPVSSystem

/// Whether the system forwards packets, as it must do with those of services that pass a device.
public enum ForwardingSettings {
  /// The names under /proc/sys of the settings of some families that are off.
  public static func missing(for families: Set<AddressFamily>) -> [String] {
    families.map { family in
      family == .ipv4 ? "net/ipv4/ip_forward" : "net/ipv6/conf/all/forwarding"
    }
    .filter { SystemSetting(path: "/proc/sys/\($0)").value == "0" }
    .sorted()
  }
}
