// SPDX-License-Identifier: Apache-2.0

import Foundation
import IPVSText
import TestSupport
import Testing

@testable import IPVSDevices

@Suite final class CaptureTests {
  private let directory = FileManager.default.temporaryDirectory
    .appending(path: "captures-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  private func file(_ bytes: [UInt8]) throws -> ByteString {
    let file = directory.appending(path: "in.pcap")
    try Data(bytes).write(to: file)
    return ByteString(file.path)
  }

  private static func words(_ words: [UInt32], swapped: Bool) -> [UInt8] {
    words.flatMap { word in
      withUnsafeBytes(of: swapped ? word.bigEndian : word.littleEndian) { Array($0) }
    }
  }

  /// A file of one frame with 8 bytes from 0x45 on behind its link header.
  private static func capture(
    link: UInt32, header: [UInt8], magic: UInt32 = 0xa1b2_c3d4, swapped: Bool = false
  ) -> [UInt8] {
    let frame = header + [0x45, 1, 2, 3, 4, 5, 6, 7]
    let length = UInt32(frame.count)
    return words([magic, swapped ? 2 << 16 | 4 : 4 << 16 | 2, 0, 0, 65535, link], swapped: swapped)
      + words([7, 5, length, length + 3], swapped: swapped) + frame
  }

  private static let ethernet: [UInt8] = Array(repeating: 9, count: 12)

  @Test(
    arguments: [
      (0, [2, 0, 0, 0]), (1, ethernet + [8, 0]), (1, ethernet + [0x81, 0, 0, 7, 0x86, 0xdd]),
      (12, []), (101, []), (113, Array(repeating: 0, count: 14) + [8, 0]), (228, []),
      (276, [8, 0] + Array(repeating: 1, count: 18)),
    ] as [(UInt32, [UInt8])])
  func findsThePacketBehindEveryKindOfHeader(link: UInt32, header: [UInt8]) throws {
    for swapped in [false, true] {
      var reader = try CaptureReader(
        file(Self.capture(link: link, header: header, swapped: swapped)))
      let packet = try #require(try reader.next())
      #expect(packet.bytes == [0x45, 1, 2, 3, 4, 5, 6, 7])
      #expect(packet.time == 7_000_005_000)
      #expect(packet.missing == 3)
      #expect(try reader.next() == nil)
      #expect(reader.frames == 1)
    }
  }

  @Test func skipsFramesWithoutIP() throws {
    let arp = Self.capture(link: 1, header: Self.ethernet + [8, 6])
    var reader = try CaptureReader(file(arp))
    #expect(try reader.next() == nil)
    #expect(reader.others == 1)
  }

  @Test func readsWhatItWrites() throws {
    let name = ByteString(directory.appending(path: "out.pcap").path)
    let packets = (0..<3).map { index in
      CapturedPacket(
        time: 1_700_000_000_123_456_789 + UInt64(index),
        bytes: Array(repeating: 0x45, count: index),
        missing: index)
    }
    var writer = try CaptureWriter(name)
    for packet in packets { try writer.write(packet) }
    try writer.finish()
    var reader = try CaptureReader(name)
    for packet in packets.dropFirst() {
      let read = try #require(try reader.next())
      #expect(read.time == packet.time)
      #expect(read.bytes == packet.bytes)
      #expect(read.missing == packet.missing)
    }
    #expect(reader.others == 1)  // the one without a byte
  }

  @Test func namesTheFaultOfAFile() throws {
    let whole = Self.capture(link: 101, header: [])
    let name = try file(whole)
    func fault(_ bytes: [UInt8]) throws -> CaptureError? {
      _ = try file(bytes)
      do throws(CaptureError) {
        var reader = try CaptureReader(name)
        while try reader.next() != nil {}
        return nil
      } catch { return error }
    }
    #expect(try fault(whole) == nil)
    #expect(try fault([]) == .notACapture(name))
    #expect(try fault(Array("no capture at all, but long".utf8)) == .notACapture(name))
    #expect(try fault([0x0a, 0x0d, 0x0d, 0x0a] + whole) == .newerFormat(name))
    #expect(try fault(Self.capture(link: 105, header: [])) == .linkType(name, 105))
    for length in 25..<whole.count {
      #expect(try fault(Array(whole[..<length])) == .damaged(name, packet: 1))
    }
    var endless = whole
    endless[35] = 0x7f
    #expect(try fault(endless) == .damaged(name, packet: 1))
  }

  @Test func reportsAFullDisk() throws {
    var writer = try CaptureWriter("/dev/full")
    let packet = CapturedPacket(time: 0, bytes: [0x45])
    #expect(throws: CaptureError.write("/dev/full", errno: 28)) {
      try writer.write(packet)
      try writer.finish()
    }
  }

  @Test func survivesRandomBytes() throws {
    var seed = Seed(for: "captures")
    let whole = Self.capture(link: 1, header: Self.ethernet + [8, 0])
    for _ in 0..<Seed.cases(usually: 300) {
      let name = try file(seed.injured(whole))
      do throws(CaptureError) {
        var reader = try CaptureReader(name)
        while let packet = try reader.next() { #expect(packet.bytes.count <= 262_144) }
      } catch {}
    }
  }
}
