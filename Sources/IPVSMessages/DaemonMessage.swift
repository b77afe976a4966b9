// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
public import IPVSNetlinkFormat
internal import IPVSProtocol
public import IPVSRules
internal import IPVSText

/// Encodes and decodes a sync daemon.
public enum DaemonMessage {
  private typealias Key = IPVSFamily.Daemon

  static func write(_ daemon: SyncDaemon, to writer: inout MessageWriter) {
    writer.nest(IPVSFamily.Part.daemon.rawValue) { writer in
      writer.attribute(Key.role.rawValue, number: daemon.role.rawValue)
      writer.attribute(Key.interface.rawValue, text: daemon.interface.text.bytes)
      writer.attribute(Key.syncID.rawValue, number: daemon.syncID)
      if let length = daemon.maximumLength {
        writer.attribute(Key.maximumLength.rawValue, number: length)
      }
      // Unlike every other port of the family, this one is in host byte order.
      if let port = daemon.port { writer.attribute(Key.port.rawValue, number: port) }
      if let hops = daemon.timeToLive { writer.attribute(Key.timeToLive.rawValue, number: hops) }
      switch daemon.group {
      case .v4(let group): writer.attribute(Key.group.rawValue, number: group.bits.bigEndian)
      case .v6(let group): writer.attribute(Key.group6.rawValue, .v6(group))
      case nil: break
      }
    }
  }

  /// Writes the attributes of a request to stop a daemon.
  static func write(_ role: SyncDaemon.Role, syncID: UInt32, to writer: inout MessageWriter) {
    writer.nest(IPVSFamily.Part.daemon.rawValue) { writer in
      writer.attribute(Key.role.rawValue, number: role.rawValue)
      writer.attribute(Key.interface.rawValue, text: [])
      writer.attribute(Key.syncID.rawValue, number: syncID)
    }
  }

  /// Reads the payload of a message of command `newDaemon`.
  public static func read(_ payload: RawSpan) throws(NetlinkFormatError) -> SyncDaemon {
    let header = try GenericHeader(reading: payload)
    guard header.command == IPVSFamily.Command.newDaemon.rawValue else {
      throw .commandUnexpected(header.command)
    }
    var daemon: SyncDaemon?
    try Attribute.forEach(in: payload, skipping: GenericHeader.length) {
      (type, content) throws(NetlinkFormatError) in
      if type == IPVSFamily.Part.daemon.rawValue { daemon = try readDaemon(content) }
    }
    guard let daemon else {
      throw .attributeMissing(type: IPVSFamily.Part.daemon.rawValue, in: 0)
    }
    return daemon
  }

  private static func readDaemon(_ content: RawSpan) throws(NetlinkFormatError) -> SyncDaemon {
    var role: SyncDaemon.Role?
    var interface: KernelName?
    var daemon = SyncDaemon(.master)
    try Attribute.forEach(in: content) { (type, payload) throws(NetlinkFormatError) in
      switch Key(rawValue: type) {
      case .role: role = try readRole(payload, type)
      case .interface: interface = try payload.name(KernelName.longestInterface, of: type)
      case .syncID: daemon.syncID = try payload.number(UInt32.self, of: type)
      case .maximumLength: daemon.maximumLength = try payload.number(UInt16.self, of: type)
      case .group:
        let bits = try payload.number(UInt32.self, of: type)
        daemon.group = .v4(IPv4Address(UInt32(bigEndian: bits)))
      case .group6: daemon.group = IPAddress(.ipv6, field: payload.leadingField())
      case .port: daemon.port = try payload.number(UInt16.self, of: type)
      case .timeToLive: daemon.timeToLive = try payload.number(UInt8.self, of: type)
      case nil: break
      }
    }
    let part = IPVSFamily.Part.daemon.rawValue
    guard let role else { throw .attributeMissing(type: Key.role.rawValue, in: part) }
    guard let interface else { throw .attributeMissing(type: Key.interface.rawValue, in: part) }
    daemon.role = role
    daemon.interface = interface
    return daemon
  }

  private static func readRole(
    _ payload: RawSpan, _ type: UInt16
  ) throws(NetlinkFormatError) -> SyncDaemon.Role {
    let value = try payload.number(UInt32.self, of: type)
    guard let role = SyncDaemon.Role(rawValue: value) else {
      throw .valueUnknown(type: type, value: UInt64(value))
    }
    return role
  }
}
