// SPDX-License-Identifier: Apache-2.0

public import IPVSNetlinkFormat
internal import IPVSProtocol

/// A number for what a message says about a service or a server as a rule, without its counters and
/// connections. Of two messages from one director, different rules have different numbers, but for one
/// case in 2^64.
///
/// A table is read twice to see whether it changed meanwhile. The second time only these are wanted,
/// which takes a tenth of the work of reading.
public struct RuleDigest: Hashable, Sendable {
  private var state: UInt64 = 0

  /// The attributes that belong to rules, each as the bit of its number.
  private static let serviceFields: UInt64 = [
    IPVSFamily.Service.family, .transport, .address, .port, .mark, .scheduler, .flags, .timeout,
    .netmask, .engine,
  ].reduce(0) { $0 | 1 << UInt64($1.rawValue) }

  private static let serverFields: UInt64 = [
    IPVSFamily.Server.family, .address, .port, .forwarding, .weight, .upperThreshold,
    .lowerThreshold, .tunnelKind, .tunnelPort, .tunnelFlags,
  ].reduce(0) { $0 | 1 << UInt64($1.rawValue) }

  /// Makes the digest of the payload of a message about a service.
  public init(ofService payload: RawSpan) throws(NetlinkFormatError) {
    try self.init(payload, .service, Self.serviceFields)
  }

  /// Makes the digest of the payload of a message about a server.
  public init(ofServer payload: RawSpan) throws(NetlinkFormatError) {
    try self.init(payload, .server, Self.serverFields)
  }

  private init(
    _ payload: RawSpan, _ part: IPVSFamily.Part, _ fields: UInt64
  ) throws(NetlinkFormatError) {
    try Attribute.forEach(in: payload, skipping: GenericHeader.length) {
      (type, content) throws(NetlinkFormatError) in
      guard type == part.rawValue else { return }
      try Attribute.forEach(in: content) { (type, value) throws(NetlinkFormatError) in
        guard type < 64, fields >> UInt64(type) & 1 != 0 else { return }
        add(UInt64(type) << 32 | UInt64(value.byteCount))
        add(value)
      }
    }
  }

  private mutating func add(_ value: RawSpan) {
    var offset = 0
    while let word = value.load(UInt64.self, at: offset) {
      add(word)
      offset += 8
    }
    while let byte = value.load(UInt8.self, at: offset) {
      add(UInt64(byte))
      offset += 1
    }
  }

  private mutating func add(_ word: UInt64) {
    state = (state ^ word) &* 0x9e37_79b9_7f4a_7c15
    state ^= state >> 29
  }
}
