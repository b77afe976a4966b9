// SPDX-License-Identifier: Apache-2.0

public import IPVSNetlinkFormat
internal import IPVSProtocol
public import IPVSRules
public import IPVSText

/// Decodes the kernel's IPVS version and connection table size.
public enum InfoMessage {
  private typealias Key = IPVSFamily.Info

  /// Reads the payload of a message of command `setInfo`.
  public static func read(_ payload: RawSpan) throws(NetlinkFormatError) -> KernelInfo {
    let header = try GenericHeader(reading: payload)
    guard header.command == IPVSFamily.Command.setInfo.rawValue else {
      throw .commandUnexpected(header.command)
    }
    var version: UInt32?
    var size: UInt32 = 0
    try Attribute.forEach(in: payload, skipping: GenericHeader.length) {
      (type, content) throws(NetlinkFormatError) in
      switch Key(rawValue: type) {
      case .version: version = try content.number(UInt32.self, of: type)
      case .connectionTableSize: size = try content.number(UInt32.self, of: type)
      case nil: break
      }
    }
    guard let version else { throw .attributeMissing(type: Key.version.rawValue, in: 0) }
    return KernelInfo(version: version, connectionTableSize: size)
  }
}

/// Encodes and decodes connection timeouts.
public enum TimeoutsMessage {
  private typealias Key = IPVSFamily.Part

  static func write(_ timeouts: Timeouts, to writer: inout MessageWriter) {
    writer.attribute(Key.tcpTimeout.rawValue, number: timeouts.tcp)
    writer.attribute(Key.tcpFinTimeout.rawValue, number: timeouts.tcpFin)
    writer.attribute(Key.udpTimeout.rawValue, number: timeouts.udp)
  }

  /// Reads the payload of a message of command `setTimeouts`. A kernel built without a protocol omits its
  /// timeout, which is then 0.
  public static func read(_ payload: RawSpan) throws(NetlinkFormatError) -> Timeouts {
    let header = try GenericHeader(reading: payload)
    guard header.command == IPVSFamily.Command.setTimeouts.rawValue else {
      throw .commandUnexpected(header.command)
    }
    var timeouts = Timeouts(tcp: 0, tcpFin: 0, udp: 0)
    try Attribute.forEach(in: payload, skipping: GenericHeader.length) {
      (type, content) throws(NetlinkFormatError) in
      switch Key(rawValue: type) {
      case .tcpTimeout: timeouts.tcp = try content.number(UInt32.self, of: type)
      case .tcpFinTimeout: timeouts.tcpFin = try content.number(UInt32.self, of: type)
      case .udpTimeout: timeouts.udp = try content.number(UInt32.self, of: type)
      case .service, .server, .daemon, nil: break
      }
    }
    return timeouts
  }
}

/// Asks an engine for its connections, and decodes the reply: lines of /proc/net/ip_vs_conn in messages
/// of the family `IPVS_ENGINE`.
public enum ConnectionsMessage {
  /// Appends the dump request to a datagram.
  ///
  /// - Parameter family: The number of `EngineFamily`.
  public static func write(
    to writer: inout MessageWriter, family: UInt16, sequence: UInt32, port: UInt32
  ) {
    writer.request(
      .getConnections, [.request, .dump], family: family, sequence: sequence, port: port)
  }

  /// Calls `body` with each run of lines in a reply's payload.
  public static func read(
    _ payload: RawSpan, _ body: (RawSpan) -> Void
  ) throws(NetlinkFormatError) {
    let header = try GenericHeader(reading: payload)
    guard header.command == EngineFamily.Command.getConnections.rawValue else {
      throw .commandUnexpected(header.command)
    }
    try Attribute.forEach(in: payload, skipping: GenericHeader.length) {
      (type, content) throws(NetlinkFormatError) in
      if type == EngineFamily.Part.rows.rawValue { body(content) }
    }
  }
}

/// Asks an engine how often its rules were changed, and decodes the reply.
public enum GenerationMessage {
  /// Appends the request to a datagram.
  ///
  /// - Parameter family: The number of `EngineFamily`.
  public static func write(
    to writer: inout MessageWriter, family: UInt16, sequence: UInt32, port: UInt32
  ) {
    writer.request(.getGeneration, [.request], family: family, sequence: sequence, port: port)
  }

  /// Reads the generation in a reply's payload.
  public static func read(_ payload: RawSpan) throws(NetlinkFormatError) -> UInt64 {
    typealias Key = EngineFamily.Part
    let header = try GenericHeader(reading: payload)
    guard header.command == EngineFamily.Command.getGeneration.rawValue else {
      throw .commandUnexpected(header.command)
    }
    var generation: UInt64?
    try Attribute.forEach(in: payload, skipping: GenericHeader.length) {
      (type, content) throws(NetlinkFormatError) in
      if type == Key.generation.rawValue { generation = try content.number(UInt64.self, of: type) }
    }
    guard let generation else {
      throw .attributeMissing(type: Key.generation.rawValue, in: 0)
    }
    return generation
  }
}

/// Asks an engine for the totals of all its traffic, and decodes the reply: counters in a message of the
/// family `IPVS_ENGINE`.
public enum TotalsMessage {
  /// Appends the dump request to a datagram.
  ///
  /// - Parameter family: The number of `EngineFamily`.
  public static func write(
    to writer: inout MessageWriter, family: UInt16, sequence: UInt32, port: UInt32
  ) {
    writer.request(.getTotals, [.request, .dump], family: family, sequence: sequence, port: port)
  }

  /// Reads the payload of a reply.
  public static func read(_ payload: RawSpan) throws(NetlinkFormatError) -> Traffic {
    let header = try GenericHeader(reading: payload)
    guard header.command == EngineFamily.Command.getTotals.rawValue else {
      throw .commandUnexpected(header.command)
    }
    var statistics = StatisticsMessage()
    try Attribute.forEach(in: payload, skipping: GenericHeader.length) {
      (type, content) throws(NetlinkFormatError) in
      if type == EngineFamily.Part.totals.rawValue { try statistics.read(content, wide: true) }
    }
    return statistics.best.totals
  }
}

/// Asks an engine for its settings, and decodes the reply: lines of names and values in a message of the family
/// `IPVS_ENGINE`.
public enum EngineSettingsMessage {
  /// Appends the request to a datagram.
  ///
  /// - Parameter family: The number of `EngineFamily`.
  public static func write(
    to writer: inout MessageWriter, family: UInt16, sequence: UInt32, port: UInt32
  ) {
    writer.request(.getSettings, [.request], family: family, sequence: sequence, port: port)
  }

  /// Reads the names and values in a reply's payload. A line of another form is skipped.
  public static func read(
    _ payload: RawSpan
  ) throws(NetlinkFormatError) -> [(name: ByteString, value: ByteString)] {
    let header = try GenericHeader(reading: payload)
    guard header.command == EngineFamily.Command.getSettings.rawValue else {
      throw .commandUnexpected(header.command)
    }
    var settings: [(name: ByteString, value: ByteString)] = []
    try Attribute.forEach(in: payload, skipping: GenericHeader.length) {
      (type, content) throws(NetlinkFormatError) in
      guard type == EngineFamily.Part.settings.rawValue else { return }
      let bytes = content.withUnsafeBytes { Array($0) }
      for line in bytes.split(separator: UInt8(ascii: "\n")) {
        let words = line.split(separator: UInt8(ascii: " "))
        if words.count == 2 { settings.append((ByteString(words[0]), ByteString(words[1]))) }
      }
    }
    return settings
  }
}

extension MessageWriter {
  /// Appends a request of the family `IPVS_ENGINE`, which has no attributes.
  fileprivate mutating func request(
    _ command: EngineFamily.Command, _ flags: MessageFlags, family: UInt16, sequence: UInt32,
    port: UInt32
  ) {
    message(
      type: family, flags: flags, sequence: sequence, port: port, command: command.rawValue,
      version: EngineFamily.version
    ) { _ in }
  }
}
