// SPDX-License-Identifier: Apache-2.0

/// The 16-byte header of every netlink message (netlink(7), `struct nlmsghdr`), in host byte order.
public struct MessageHeader: Hashable, Sendable {
  /// The header's size in bytes.
  public static let length = 16

  /// The size of the message in bytes, with this header and without the padding after it.
  public var length: UInt32

  /// A family's number, or a control type below 16 (`ReservedType`).
  public var type: UInt16

  public var flags: MessageFlags

  /// Copied from a request into its replies.
  public var sequence: UInt32

  /// The sender's netlink port; the kernel's is 0.
  public var port: UInt32

  public init(
    length: UInt32, type: UInt16, flags: MessageFlags, sequence: UInt32, port: UInt32
  ) {
    self.length = length
    self.type = type
    self.flags = flags
    self.sequence = sequence
    self.port = port
  }
}

/// Flags of a message header (netlink(7), `NLM_F_*`).
public struct MessageFlags: OptionSet, Hashable, Sendable {
  public let rawValue: UInt16

  public init(rawValue: UInt16) {
    self.rawValue = rawValue
  }

  public static let request = MessageFlags(rawValue: 0x001)

  /// Part of a sequence that a message of type `done` ends (`NLM_F_MULTI`).
  public static let multipart = MessageFlags(rawValue: 0x002)

  /// Asks for an acknowledgement of success (`NLM_F_ACK`). Errors are always reported.
  public static let acknowledge = MessageFlags(rawValue: 0x004)

  /// The acknowledgement quotes only the request's header (`NLM_F_CAPPED`).
  public static let capped = MessageFlags(rawValue: 0x100)

  /// Asks for all entries of a table (`NLM_F_DUMP`).
  public static let dump = MessageFlags(rawValue: 0x300)
}

/// Control message types (netlink(7), `NLMSG_*`).
public enum ReservedType: UInt16, Sendable {
  /// The result of a request: an errno, or 0, and the request.
  case error = 2

  /// Ends a sequence of multipart messages.
  case done = 3

  /// The lowest family number (`NLMSG_MIN_TYPE`).
  public static let firstFamily: UInt16 = 16
}

/// The header of a generic netlink message (`struct genlmsghdr`): command, version, two unused bytes.
public struct GenericHeader: Hashable, Sendable {
  public static let length = 4

  public let command: UInt8
  public let version: UInt8

  /// Reads the header at the start of a message's payload.
  ///
  /// - Throws: `messageLength` if the payload is shorter than the header.
  public init(reading payload: RawSpan) throws(NetlinkFormatError) {
    guard payload.byteCount >= Self.length, let command = payload.load(UInt8.self, at: 0),
      let version = payload.load(UInt8.self, at: 1)
    else { throw .messageLength(claimed: Self.length, available: payload.byteCount) }
    self.command = command
    self.version = version
  }
}
