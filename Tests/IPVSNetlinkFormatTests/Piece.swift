// SPDX-License-Identifier: Apache-2.0

import CLibnlReference
import IPVSNetlinkFormat
import TestSupport

/// One attribute, to be written by the code under test and by libnl.
indirect enum Piece: Sendable {
  case u8(UInt16, UInt8)
  case u16(UInt16, UInt16)
  case u32(UInt16, UInt32)
  case u64(UInt16, UInt64)
  case pair(UInt16, UInt32, UInt32)
  case bytes(UInt16, [UInt8])
  case text(UInt16, [UInt8])
  case nest(UInt16, [Piece])

  func write(to writer: inout MessageWriter) {
    switch self {
    case .u8(let type, let value): writer.attribute(type, number: value)
    case .u16(let type, let value): writer.attribute(type, number: value)
    case .u32(let type, let value): writer.attribute(type, number: value)
    case .u64(let type, let value): writer.attribute(type, number: value)
    case .pair(let type, let first, let second):
      writer.attribute(type, numbers: first, second)
    case .bytes(let type, let bytes): writer.attribute(type, bytes: bytes)
    case .text(let type, let text): writer.attribute(type, text: text)
    case .nest(let type, let pieces):
      writer.nest(type) { writer in
        for piece in pieces { piece.write(to: &writer) }
      }
    }
  }

  /// Writes with libnl; the sum of its results, 0 where all went well.
  func write(to reference: Reference) -> Int32 {
    let message = reference.message
    switch self {
    case .u8(let type, let value): return reference_u8(message, type, value)
    case .u16(let type, let value): return reference_u16(message, type, value)
    case .u32(let type, let value): return reference_u32(message, type, value)
    case .u64(let type, let value): return reference_u64(message, type, value)
    case .pair(let type, let first, let second):
      return [first, second].withUnsafeBytes { bytes in
        reference_bytes(message, type, bytes.baseAddress, bytes.count)
      }
    case .bytes(let type, let bytes):
      return bytes.withUnsafeBytes { bytes in
        reference_bytes(message, type, bytes.baseAddress, bytes.count)
      }
    case .text(let type, let text):
      return (text.map { CChar(bitPattern: $0) } + [0]).withUnsafeBufferPointer { text in
        text.baseAddress.map { reference_text(message, type, $0) } ?? -1
      }
    case .nest(let type, let pieces):
      var result = reference_nest(message, type)
      for piece in pieces { result += piece.write(to: reference) }
      return result + reference_end_nest(message)
    }
  }

  static func random(_ seed: inout Seed, depth: Int) -> Piece {
    let type = UInt16.random(in: 1...0x3fff, using: &seed)
    switch Int.random(in: 0..<(depth == 0 ? 7 : 8), using: &seed) {
    case 0: return .u8(type, .random(in: 0 ... .max, using: &seed))
    case 1: return .u16(type, .random(in: 0 ... .max, using: &seed))
    case 2: return .u32(type, .random(in: 0 ... .max, using: &seed))
    case 3: return .u64(type, .random(in: 0 ... .max, using: &seed))
    case 4:
      return .pair(
        type, .random(in: 0 ... .max, using: &seed), .random(in: 0 ... .max, using: &seed))
    case 5: return .bytes(type, seed.bytes(.random(in: 0...40, using: &seed)))
    case 6:
      return .text(type, seed.bytes(.random(in: 0...20, using: &seed)).map { max($0, 1) })
    default:
      let count = Int.random(in: 0...6, using: &seed)
      return .nest(type, (0..<count).map { _ in random(&seed, depth: depth - 1) })
    }
  }
}

/// A message that libnl builds.
final class Reference {
  let message: OpaquePointer

  init?(_ frame: Frame) {
    guard
      let message = reference_begin(
        frame.type, frame.flags.rawValue, frame.sequence, frame.port, frame.command,
        frame.version)
    else { return nil }
    self.message = message
  }

  deinit { reference_free(message) }

  var bytes: [UInt8] {
    var length = 0
    let start = reference_message(message, &length)
    return Array(UnsafeBufferPointer(start: start, count: length))
  }
}

/// The values of the two headers of a message.
struct Frame: Sendable {
  var type: UInt16 = 28
  var flags: MessageFlags = [.request, .acknowledge]
  var sequence: UInt32 = 4
  var port: UInt32 = 0
  var command: UInt8 = 1
  var version: UInt8 = 1

  /// The message with `pieces` in it as the code under test writes it.
  func message(_ pieces: [Piece]) -> [UInt8] {
    var writer = MessageWriter()
    writer.message(
      type: type, flags: flags, sequence: sequence, port: port, command: command,
      version: version
    ) { writer in
      for piece in pieces { piece.write(to: &writer) }
    }
    return writer.bytes
  }
}
