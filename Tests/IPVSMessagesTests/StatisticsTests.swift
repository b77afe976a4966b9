// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSMessages
import IPVSNetlinkFormat
import IPVSProtocol
import IPVSRules
import TestSupport
import Testing

@Suite struct StatisticsTests {
  typealias Content = @Sendable (inout MessageWriter) -> Void

  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let content: Content
    let expected: Statistics
  }

  private static let narrow: UInt16 = 10
  private static let wide: UInt16 = 12

  private static let large = Statistics(
    totals: Traffic(
      connections: 0x1_0000_0001, inboundPackets: .max, outboundPackets: 0x8000_0000_0000_0000,
      inboundBytes: 4, outboundBytes: 5),
    rates: Traffic(
      connections: 6, inboundPackets: 7, outboundPackets: 0x9_0000_0000, inboundBytes: 9,
      outboundBytes: .max - 1))

  private static let small = Statistics(
    totals: Traffic(
      connections: 1, inboundPackets: .max >> 32, outboundPackets: 3,
      inboundBytes: 0x4_0000_0000, outboundBytes: .max),
    rates: Traffic(
      connections: 6, inboundPackets: 7, outboundPackets: 8, inboundBytes: .max >> 32,
      outboundBytes: 10))

  /// As the kernel lays it out: before each long number that would not be aligned, an empty one.
  private static func writeWide(_ writer: inout MessageWriter) {
    writer.nest(wide) { writer in
      for (number, value) in numbers(of: large) {
        writer.attribute(11, bytes: [])
        writer.attribute(number, number: value)
      }
    }
  }

  private static func writeNarrow(_ writer: inout MessageWriter) {
    writer.nest(narrow) { writer in
      for (number, value) in numbers(of: small) {
        if number == 4 || number == 5 {
          writer.attribute(11, bytes: [0xff, 0xff])
          writer.attribute(number, number: value)
        } else {
          writer.attribute(number, number: UInt32(truncatingIfNeeded: value))
        }
      }
    }
  }

  private static func numbers(of statistics: Statistics) -> [(UInt16, UInt64)] {
    let fields = [statistics.totals, statistics.rates].flatMap {
      [$0.connections, $0.inboundPackets, $0.outboundPackets, $0.inboundBytes, $0.outboundBytes]
    }
    return fields.enumerated().map { (UInt16($0 + 1), $1) }
  }

  static let rows: [Row] = [
    Row(testDescription: "none", content: { _ in }, expected: Statistics()),
    Row(testDescription: "64 bits, and padding", content: writeWide, expected: large),
    Row(testDescription: "32 bits, of bytes 64", content: writeNarrow, expected: small),
    Row(
      testDescription: "both, as Linux 4.1 and later send them",
      content: { writer in
        writeNarrow(&writer)
        writeWide(&writer)
      }, expected: large),
    Row(
      testDescription: "both, the wide ones first",
      content: { writer in
        writeWide(&writer)
        writeNarrow(&writer)
      }, expected: large),
    Row(
      testDescription: "some counters, and one that is not known",
      content: { writer in
        writer.nest(narrow) { writer in
          writer.attribute(1, number: UInt32(3))
          writer.attribute(99, number: UInt32(3))
        }
      }, expected: Statistics(totals: Traffic(connections: 3))),
  ]

  @Test("counters of a service", arguments: rows)
  func ofService(_ row: Row) throws {
    let body = Sample.service(adding: row.content)
    #expect(try ServiceMessage.read(body.span.bytes).statistics == row.expected)
  }

  @Test("counters of a real server", arguments: rows)
  func ofServer(_ row: Row) throws {
    let body = Sample.server(adding: row.content)
    let read = try ServerMessage.read(body.span.bytes, ofServiceIn: .ipv4)
    #expect(read.statistics == row.expected)
  }

  @Test("a long counter in four bytes is refused")
  func tooShort() {
    for (form, counter) in [(Self.wide, 1), (Self.narrow, 4)] as [(UInt16, UInt16)] {
      let body = Sample.service { writer in
        writer.nest(form) { $0.attribute(counter, number: UInt32(1)) }
      }
      let expected = NetlinkFormatError.attributeTooShort(type: counter, needed: 8, available: 4)
      #expect(throws: expected) { try ServiceMessage.read(body.span.bytes) }
    }
  }
}
