// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSMessages
import IPVSNetlinkFormat
import IPVSProtocol
import IPVSRules
import TestSupport
import Testing

/// Replies that no recorded kernel sent: older kernels, other kernels, and nonsense.
@Suite struct MessageTests {
  struct Bad: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let body: [UInt8]
    let expected: NetlinkFormatError

    init(_ name: String, _ body: [UInt8], _ expected: NetlinkFormatError) {
      testDescription = name
      self.body = body
      self.expected = expected
    }
  }

  static let bad: [Bad] =
    [1, 2, 3, 4, 6, 7, 9].map { type in
      Bad(
        "a service without attribute \(type)", Sample.service(without: type),
        .attributeMissing(type: type, in: 1))
    }
    + [1, 2, 3, 4].map { type in
      Bad(
        "a real server without attribute \(type)", Sample.server(without: type),
        .attributeMissing(type: type, in: 2))
    }
    + [1, 2].map { type in
      Bad(
        "a daemon without attribute \(type)", Sample.daemon(without: type),
        .attributeMissing(type: type, in: 3))
    }
    + [
      Bad("a service without a service", [1, 1, 0, 0], .attributeMissing(type: 1, in: 0)),
      Bad("a server without a server", [5, 1, 0, 0], .attributeMissing(type: 2, in: 0)),
      Bad("a daemon without a daemon", [9, 1, 0, 0], .attributeMissing(type: 3, in: 0)),
      Bad("info without a version", [14, 1, 0, 0], .attributeMissing(type: 1, in: 0)),
      Bad(
        "a service of no known family", Sample.service { $0.attribute(1, number: UInt16(7)) },
        .valueUnknown(type: 1, value: 7)),
      Bad(
        "a server of no known family", Sample.server { $0.attribute(11, number: UInt16(7)) },
        .valueUnknown(type: 11, value: 7)),
      Bad(
        "a negative weight", Sample.server { $0.attribute(4, number: UInt32.max) },
        .valueUnknown(type: 4, value: 0xffff_ffff)),
      Bad(
        "a daemon of a role of its own", Sample.daemon { $0.attribute(1, number: UInt32(3)) },
        .valueUnknown(type: 1, value: 3)),
      Bad(
        "a scheduler of 16 letters",
        Sample.service { $0.attribute(6, bytes: [UInt8](repeating: 0x61, count: 16)) },
        .valueUnknown(type: 6, value: 16)),
      Bad(
        "a port of one byte", Sample.service { $0.attribute(4, bytes: [0]) },
        .attributeTooShort(type: 4, needed: 2, available: 1)),
      Bad(
        "flags of three bytes", Sample.service { $0.attribute(7, bytes: [0, 0, 0]) },
        .attributeTooShort(type: 7, needed: 4, available: 3)),
      Bad(
        "a group of three bytes", Sample.daemon { $0.attribute(5, bytes: [224, 0, 0]) },
        .attributeTooShort(type: 5, needed: 4, available: 3)),
    ]

  @Test("refuses", arguments: bad)
  func refuses(_ row: Bad) throws {
    let read = try #require(Readers.all[row.body[0]])
    #expect(throws: row.expected) { try read(row.body) }
  }

  @Test("all that is optional may be missing")
  func optional() throws {
    let service = try ServiceMessage.read(Sample.service(without: 8).span.bytes)
    #expect(service.service.persistence == nil)
    for type: UInt16 in [5, 6, 7, 8, 9, 11, 13, 14, 15] {
      let body = Sample.server(without: type)
      #expect(throws: Never.self) {
        try ServerMessage.read(body.span.bytes, ofServiceIn: .ipv4)
      }
    }
    let daemon = try DaemonMessage.read(Sample.daemon(without: 3).span.bytes)
    #expect(daemon.syncID == 0)
    #expect(daemon.group == nil)
  }

  /// Before Linux 3.18 a real server had no family of its own.
  @Test("a real server that does not say its family has that of its service")
  func familyMissing() throws {
    let body = Sample.server(without: 11)
    let four = try ServerMessage.read(body.span.bytes, ofServiceIn: .ipv4).server
    #expect(four.endpoint == Endpoint(.v4(IPv4Address(0x0a02_0001)), port: 8080))
    let six = try ServerMessage.read(body.span.bytes, ofServiceIn: .ipv6).server
    let bits: UInt128 = 0x0a02_0001 << 96
    #expect(six.endpoint == Endpoint(.v6(IPv6Address(bits)), port: 8080))
  }

  @Test("a real server says its family before or after its address")
  func familyInAnyOrder() throws {
    let address = [UInt8](hex: "20010db8000000000000000000000001")
    for isFirst in [true, false] {
      let body = Sample.server(without: 11) { writer in
        if isFirst { writer.attribute(11, number: UInt16(10)) }
        writer.attribute(1, bytes: address)
        if !isFirst { writer.attribute(11, number: UInt16(10)) }
      }
      let server = try ServerMessage.read(body.span.bytes, ofServiceIn: .ipv4).server
      let bits: UInt128 = 0x2001_0db8 << 96 | 1
      #expect(server.endpoint.address == .v6(IPv6Address(bits)))
    }
  }

  /// The kernel takes missing address bytes for zeros.
  @Test("a short address ends in zeros", arguments: 0...16)
  func shortAddress(length: Int) throws {
    let bytes = (1...16).map { UInt8($0) }
    let body = Sample.server { writer in
      writer.attribute(11, number: UInt16(10))
      writer.attribute(1, bytes: Array(bytes.prefix(length)))
    }
    let whole: UInt128 = 0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10
    let mask: UInt128 = length == 0 ? 0 : .max << (128 - 8 * length)
    let read = try ServerMessage.read(body.span.bytes, ofServiceIn: .ipv4).server
    #expect(read.endpoint.address == .v6(IPv6Address(whole & mask)))
  }

  @Test("attributes of newer kernels are ignored")
  func unknown() throws {
    var body = Sample.service { $0.attribute(200, number: UInt64.max) }
    body += [UInt8](hex: "0800 2a00 01020304")
    #expect(throws: Never.self) { try ServiceMessage.read(body.span.bytes) }
  }

  @Test("the port of a daemon is in the order of the host, its group in that of the network")
  func daemon() throws {
    let body = Sample.daemon { writer in
      writer.attribute(7, number: UInt16(8848))
      writer.attribute(6, bytes: [0xff, 0x02] + [UInt8](repeating: 0, count: 13) + [0x51])
      writer.attribute(8, number: UInt8(4))
      writer.attribute(4, number: UInt16(1400))
    }
    let daemon = try DaemonMessage.read(body.span.bytes)
    #expect(daemon.port == 8848)
    #expect(daemon.group == .v6(IPv6Address(0xff02 << 112 | 0x51)))
    #expect(daemon.timeToLive == 4)
    #expect(daemon.maximumLength == 1400)
  }
}
