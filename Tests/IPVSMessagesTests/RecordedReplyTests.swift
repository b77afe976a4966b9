// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSMessages
import IPVSNetlinkFormat
import IPVSRules
import IPVSText
import TestSupport
import Testing

/// Recorded replies say what the requests before them made of the table.
@Suite struct RecordedReplyTests {
  private func replies(to id: Int) throws -> [[UInt8]] {
    try #require(Recordings.requests.first { $0.id == id }).replyBodies
  }

  @Test("one service", arguments: [(76, 102), (89, 80), (91, 80), (194, 80)] as [(Int, UInt16)])
  func service(id: Int, port: UInt16) throws {
    let expected = try #require(RecordedTable(before: id).services[RequestTable.tcp(port)])
    let bodies = try replies(to: id)
    #expect(bodies.count == 1)
    for body in bodies {
      #expect(try ServiceMessage.read(body.span.bytes) == ListedService(expected))
    }
  }

  /// The order of services depends on a hash of the kernel's.
  @Test("all services", arguments: [184, 185])
  func services(id: Int) throws {
    let expected = RecordedTable(before: id).services
    let read = try replies(to: id).map { try ServiceMessage.read($0.span.bytes) }
    #expect(read.count == 33)
    #expect(Set(read) == Set(expected.values.map { ListedService($0) }))
  }

  @Test("the real servers of a service, the last one added first")
  func servers() throws {
    for (id, identity) in [(186, RequestTable.tcp(80)), (187, .mark(5, .ipv4))] {
      let expected = try #require(RecordedTable(before: id).servers[identity])
      let read = try replies(to: id).map {
        try ServerMessage.read($0.span.bytes, ofServiceIn: identity.family)
      }
      #expect(read == expected.map { ListedServer($0) })
    }
  }

  @Test("sync daemons, with what the kernel chose for them")
  func daemons() throws {
    let device = KernelName(literal: "d0", atMost: KernelName.longestInterface)
    func master(_ syncID: UInt32) -> SyncDaemon {
      SyncDaemon(
        .master, interface: device, syncID: syncID, maximumLength: 1472,
        group: .v4(IPv4Address(0xe000_0051)), port: 8848, timeToLive: 1)
    }
    let backup = SyncDaemon(
      .backup, interface: device, syncID: 8, maximumLength: 1400,
      group: .v4(IPv4Address(0xe000_0063)), port: 9000, timeToLive: 3)
    for (id, expected) in [(233, [master(7)]), (236, [master(7), backup]), (244, [master(256)])] {
      #expect(try replies(to: id).map { try DaemonMessage.read($0.span.bytes) } == expected)
    }
  }

  @Test("the kernel's IPVS", arguments: [195, 249, 250])
  func info(id: Int) throws {
    let expected = KernelInfo(version: 0x010201, connectionTableSize: 4096)
    #expect(try replies(to: id).map { try InfoMessage.read($0.span.bytes) } == [expected])
  }

  @Test("timeouts", arguments: [(197, 900), (208, 21_474_836)] as [(Int, UInt32)])
  func timeouts(id: Int, tcp: UInt32) throws {
    let expected = Timeouts(tcp: tcp, tcpFin: 120, udp: 300)
    #expect(try replies(to: id).map { try TimeoutsMessage.read($0.span.bytes) } == [expected])
  }

  @Test("every recorded reply is read by one reader and refused by the others")
  func commands() {
    #expect(Recordings.replies.count == 110)
    for (id, body) in Recordings.replies {
      for (number, read) in Readers.all {
        if body[0] == number {
          #expect(throws: Never.self, "request \(id)") { try read(body) }
        } else {
          #expect(throws: NetlinkFormatError.commandUnexpected(body[0]), "request \(id)") {
            try read(body)
          }
        }
      }
    }
  }

  /// The outermost attribute of these says how long it must be, so that no cut goes unnoticed.
  @Test("a reply that is cut off anywhere is refused", arguments: [1, 5, 9] as [UInt8])
  func cutOff(command: UInt8) throws {
    let read = try #require(Readers.all[command])
    for (id, body) in Recordings.replies where body[0] == command {
      for length in 0..<body.count {
        #expect(throws: NetlinkFormatError.self, "request \(id), \(length) bytes") {
          try read(Array(body.prefix(length)))
        }
      }
    }
  }

  @Test("settings that are cut off are refused, or read as far as they are whole")
  func cutSettings() throws {
    let timeouts = try #require(try replies(to: 197).first)
    let info = try #require(try replies(to: 195).first)
    for length in 0..<timeouts.count {
      let read = Result { () throws(NetlinkFormatError) in
        try TimeoutsMessage.read(Array(timeouts.prefix(length)).span.bytes)
      }
      switch length {
      case 4..<8: #expect(read == .success(Timeouts(tcp: 0, tcpFin: 0, udp: 0)))
      case 12..<16: #expect(read == .success(Timeouts(tcp: 900, tcpFin: 0, udp: 0)))
      case 20..<24: #expect(read == .success(Timeouts(tcp: 900, tcpFin: 120, udp: 0)))
      default: #expect(throws: NetlinkFormatError.self) { try read.get() }
      }
    }
    for length in 0..<info.count where !(12..<16).contains(length) {
      #expect(throws: NetlinkFormatError.self) {
        try InfoMessage.read(Array(info.prefix(length)).span.bytes)
      }
    }
  }

  @Test("injured replies never crash")
  func injured() {
    var seed = Seed(for: "injured replies")
    for _ in 0..<40 {
      for (_, body) in Recordings.replies {
        let bytes = seed.injured(body)
        for read in Readers.all.values { _ = Result { try read(bytes) } }
      }
    }
  }
}

/// All readers of replies, by the command of what they read.
enum Readers {
  typealias Reader = @Sendable ([UInt8]) throws(NetlinkFormatError) -> Void

  static let all: [UInt8: Reader] = [
    1: { bytes throws(NetlinkFormatError) in _ = try ServiceMessage.read(bytes.span.bytes) },
    5: { bytes throws(NetlinkFormatError) in
      _ = try ServerMessage.read(bytes.span.bytes, ofServiceIn: .ipv4)
    },
    9: { bytes throws(NetlinkFormatError) in _ = try DaemonMessage.read(bytes.span.bytes) },
    12: { bytes throws(NetlinkFormatError) in _ = try TimeoutsMessage.read(bytes.span.bytes) },
    14: { bytes throws(NetlinkFormatError) in _ = try InfoMessage.read(bytes.span.bytes) },
  ]
}
