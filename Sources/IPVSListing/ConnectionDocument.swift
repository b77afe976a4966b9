// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSText

/// The JSON documents of connections, a line each. They are written like the rows of text, many at a time: of
/// a million connections, the general writer would take eight times as long.
struct ConnectionDocument: ConnectionRowFormat {
  /// The bytes of a document without its words.
  private static let fixedRoom = 512

  @inline(__always)
  func room(for connection: ConnectionRow) -> Int {
    Self.fixedRoom + connection.transport.count + connection.state.count
  }

  /// Writes the document of a connection.
  ///
  /// - Returns: Nil for one that needs more than names of letters: the words of a persistence engine, or
  ///   characters that need escapes.
  @inline(__always)
  func write(
    _ connection: ConnectionRow, of bytes: Span<UInt8>, to lines: inout MutableRawSpan,
    at begin: Int
  ) -> Int? {
    guard connection.engine == nil else { return nil }
    var end = lines.write("{\"protocol\":\"", at: begin)
    guard let transport = lines.writeName(connection.transport, of: bytes, at: end) else {
      return nil
    }
    end = lines.write("\",\"state\":\"", at: transport)
    guard let state = lines.writeName(connection.state, of: bytes, at: end) else { return nil }
    end = lines.write("\",\"expires\":", at: state)
    end = lines.writeDecimal(connection.seconds, at: end)
    end = lines.write(
      connection.isTemplate(in: bytes) ? ",\"template\":true" : ",\"template\":false", at: end)
    end = lines.write(",\"client\":{\"address\":\"", at: end)
    end = lines.writeFields(of: connection.client, at: end)
    end = lines.write("},\"virtual\":{\"address\":\"", at: end)
    end = lines.writeFields(of: connection.service, at: end)
    end = lines.write("},\"server\":{\"address\":\"", at: end)
    end = lines.writeFields(of: connection.server, at: end)
    return lines.write("},\"pe\":null}\n", at: end)
  }
}

extension MutableRawSpan {
  /// Writes a literal by one copy of memory, and returns the offset after it.
  @inline(__always)
  fileprivate mutating func write(_ text: StaticString, at start: Int) -> Int {
    let end = start + text.utf8CodeUnitCount
    withUnsafeMutableBytes { target in
      text.withUTF8Buffer { source in
        UnsafeMutableRawBufferPointer(rebasing: target[start..<end])
          .copyMemory(from: UnsafeRawBufferPointer(source))
      }
    }
    return end
  }

  /// Writes the rest of an address after its opening quote, and the port.
  @inline(__always)
  fileprivate mutating func writeFields(of endpoint: Endpoint, at start: Int) -> Int {
    var end =
      switch endpoint.address {
      case .v4(let address): write(address, at: start)
      case .v6(let address): write(address, at: start)
      }
    end = write("\",\"port\":", at: end)
    return writeShort(endpoint.port, at: end)
  }

  /// Writes a word in small letters, and returns the offset after it; nil where it has other characters than
  /// letters, digits, `_`, and `-`.
  @inline(__always)
  fileprivate mutating func writeName(
    _ word: Range<Int>, of bytes: Span<UInt8>, at start: Int
  ) -> Int? {
    var end = start
    for index in word {
      let byte = bytes[index]
      let small = byte | 0x20
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
        end = write(byte: byte, at: end)
      default:
        guard small &- UInt8(ascii: "a") < 26 else { return nil }
        end = write(byte: small, at: end)
      }
    }
    return end
  }
}
