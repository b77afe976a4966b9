// SPDX-License-Identifier: Apache-2.0

/// The numbers of the generic netlink controller `nlctrl` (`include/uapi/linux/genetlink.h`).
public enum ControllerFamily {
  public static let name = "nlctrl"
  public static let number: UInt16 = 16
  public static let version: UInt8 = 2

  /// Commands (`CTRL_CMD_*`).
  public enum Command: UInt8, Sendable {
    case newFamily = 1
    case getFamily = 3
    case getPolicy = 10
  }

  /// Attributes of a family (`CTRL_ATTR_*`).
  public enum Part: UInt16, CaseIterable, Sendable {
    case number = 1
    case name = 2
    case version = 3
    case headerLength = 4
    case attributeCount = 5
    case commands = 6
    case groups = 7
    case policy = 8
    case operationPolicy = 9
    case operation = 10
  }

  /// Attributes of a command (`CTRL_ATTR_OP_*`).
  public enum Operation: UInt16, Sendable {
    case command = 1
    case flags = 2
  }

  /// Attributes of a multicast group (`CTRL_ATTR_MCAST_GRP_*`).
  public enum Group: UInt16, Sendable {
    case name = 1
    case number = 2
  }

  /// A command's policies, by number (`CTRL_ATTR_POLICY_*`).
  public enum OperationPolicy: UInt16, Sendable {
    case once = 1
    case dump = 2
  }

  /// A policy's rule for one attribute (`NL_POLICY_TYPE_ATTR_*`).
  public enum Demand: UInt16, Sendable {
    case type = 1
    case least = 4
    case most = 5
    case longest = 7

    /// Empty: aligns the next attribute to eight bytes.
    case padding = 11
  }

  /// Types of attribute payloads (`NL_ATTR_TYPE_*`).
  public enum ContentType: UInt32, Sendable {
    case number16 = 3
    case number32 = 4
    case text = 12
    case nest = 13
  }

  /// Flags of a command (`GENL_*`).
  public enum Trait {
    public static let takesAdministrator: UInt32 = 0x01
    public static let answersOnce: UInt32 = 0x02
    public static let dumps: UInt32 = 0x04
    public static let hasPolicy: UInt32 = 0x08
  }

  /// The longest name of a family, in bytes (`GENL_NAMSIZ`, less the zero byte).
  public static let longestName = 15
}
