/// The numbers of the family that knows the others (`include/uapi/linux/genetlink.h`).
public enum ControllerFamily {
  public static let name = "nlctrl"
  public static let number: UInt16 = 16
  public static let version: UInt8 = 2

  /// What a message asks for or holds (`CTRL_CMD_*`).
  public enum Command: UInt8, Sendable {
    case newFamily = 1
    case getFamily = 3
  }

  /// Attributes of a family (`CTRL_ATTR_*`).
  public enum Part: UInt16, Sendable {
    case number = 1
    case name = 2
    case version = 3
    case headerLength = 4
    case attributeCount = 5
    case commands = 6
    case groups = 7
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

  /// What is true of a command (`GENL_*`).
  public enum Trait {
    public static let takesAdministrator: UInt32 = 0x01
    public static let answersOnce: UInt32 = 0x02
    public static let dumps: UInt32 = 0x04
    public static let hasPolicy: UInt32 = 0x08
  }

  /// The longest name of a family, in bytes (`GENL_NAMSIZ`, less the zero byte).
  public static let longestName = 15
}
