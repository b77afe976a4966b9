// SPDX-License-Identifier: Apache-2.0

import TestSupport

/// Requests made without the code under test.
enum RequestBytes {
  static let controller: UInt16 = 16
  static let ipvs: UInt16 = 28

  static let isRequest: UInt16 = 0x1
  static let acknowledge: UInt16 = 0x4
  static let dump: UInt16 = 0x300

  static func message(
    type: UInt16 = ipvs, flags: UInt16 = isRequest | acknowledge, sequence: UInt32 = 1,
    payload: [UInt8]
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(number: UInt32(16 + payload.count))
    bytes.append(number: type)
    bytes.append(number: flags)
    bytes.append(number: sequence)
    bytes.append(number: 77 as UInt32)
    return bytes + payload
  }

  /// A message with a generic netlink header.
  static func message(
    _ command: UInt8, type: UInt16 = ipvs, flags: UInt16 = isRequest | acknowledge,
    sequence: UInt32 = 1, _ attributes: [UInt8] = []
  ) -> [UInt8] {
    message(type: type, flags: flags, sequence: sequence, payload: [command, 1, 0, 0] + attributes)
  }

  /// An attribute, padded.
  static func attribute(_ type: UInt16, _ payload: [UInt8]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.append(number: UInt16(truncatingIfNeeded: 4 + payload.count))
    bytes.append(number: type)
    bytes += payload
    return bytes + [UInt8](repeating: 0, count: -payload.count & 3)
  }

  static func attribute(_ type: UInt16, number: some FixedWidthInteger) -> [UInt8] {
    var payload: [UInt8] = []
    payload.append(number: number)
    return attribute(type, payload)
  }

  static func attribute(_ type: UInt16, text: String) -> [UInt8] {
    attribute(type, Array(text.utf8) + [0])
  }

  /// A TCP service at 10.0.0.1 by its key, or with all settings.
  static func service(port: UInt16, scheduler: String? = nil) -> [UInt8] {
    var content =
      attribute(1, number: 2 as UInt16) + attribute(2, number: 6 as UInt16)
      + attribute(3, [10, 0, 0, 1] + [UInt8](repeating: 0, count: 12))
      + attribute(4, number: port.bigEndian)
    if let scheduler {
      content += attribute(6, text: scheduler) + attribute(7, [UInt8](repeating: 0, count: 8))
      content += attribute(8, number: 0 as UInt32) + attribute(9, number: UInt32.max)
    }
    return attribute(1, content)
  }

  /// A masqueraded real server with all settings.
  static func server(_ number: UInt16) -> [UInt8] {
    let bytes = [10, 2, UInt8(number >> 8), UInt8(number & 0xff)]
    var content = attribute(1, bytes) + attribute(2, number: (80 as UInt16).bigEndian)
    for (key, value) in [(3, 0), (4, 1), (5, 0), (6, 0)] as [(UInt16, UInt32)] {
      content += attribute(key, number: value)
    }
    return attribute(2, content)
  }
}

extension SentMessage {
  /// The errno of an acknowledgement or of the end of a dump; 0 for success.
  var verdict: Int32? {
    guard type == 2 || type == 3 else { return nil }
    return payload.number(Int32.self, at: 0).map { 0 - $0 }
  }
}
