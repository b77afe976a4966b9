// SPDX-License-Identifier: Apache-2.0

import IPVSNetlinkFormat
import IPVSProtocol
import IPVSRules
import IPVSText

extension KernelName {
  /// The scheduler of the recordings.
  static let roundRobin = KernelName(literal: "rr", atMost: longestScheduler)

  /// A literal that does not fit is a mistake in the test.
  init(literal text: ByteString, atMost limit: Int) {
    guard let name = KernelName(text, atMost: limit) else {
      preconditionFailure("\(text) has more than \(limit) bytes")
    }
    self = name
  }
}

/// Replies as the kernel makes them, but for one attribute that is left out and others that are
/// added. With an attribute twice, the last one counts.
enum Sample {
  static func service(
    without missing: UInt16? = nil, adding more: (inout MessageWriter) -> Void = { _ in }
  ) -> [UInt8] {
    body(command: 1, part: 1, more) { writer in
      let attributes: [(UInt16, [UInt8])] = [
        (1, [2, 0]), (2, [6, 0]), (3, [10, 0, 0, 1] + [UInt8](repeating: 0, count: 12)),
        (4, [0, 80]), (6, [0x72, 0x72, 0]), (7, [2, 0, 0, 0, 255, 255, 255, 255]),
        (8, [0, 0, 0, 0]), (9, [255, 255, 255, 255]),
      ]
      for (type, bytes) in attributes where type != missing { writer.attribute(type, bytes: bytes) }
    }
  }

  static func server(
    without missing: UInt16? = nil, adding more: (inout MessageWriter) -> Void = { _ in }
  ) -> [UInt8] {
    body(command: 5, part: 2, more) { writer in
      let attributes: [(UInt16, [UInt8])] = [
        (1, [10, 2, 0, 1] + [UInt8](repeating: 0, count: 12)), (2, [0x1f, 0x90]),
        (3, [3, 0, 0, 0]),
        (4, [1, 0, 0, 0]), (5, [9, 0, 0, 0]), (6, [8, 0, 0, 0]), (7, [3, 0, 0, 0]),
        (8, [2, 0, 0, 0]), (9, [1, 0, 0, 0]), (11, [2, 0]), (13, [0]), (14, [0, 0]), (15, [0, 0]),
      ]
      for (type, bytes) in attributes where type != missing { writer.attribute(type, bytes: bytes) }
    }
  }

  static func daemon(
    without missing: UInt16? = nil, adding more: (inout MessageWriter) -> Void = { _ in }
  ) -> [UInt8] {
    body(command: 9, part: 3, more) { writer in
      let attributes: [(UInt16, [UInt8])] = [
        (1, [1, 0, 0, 0]), (2, [0x6c, 0x6f, 0]), (3, [7, 0, 0, 0]),
      ]
      for (type, bytes) in attributes where type != missing { writer.attribute(type, bytes: bytes) }
    }
  }

  private static func body(
    command: UInt8, part: UInt16, _ more: (inout MessageWriter) -> Void,
    _ attributes: (inout MessageWriter) -> Void
  ) -> [UInt8] {
    var writer = MessageWriter()
    writer.nest(part) { writer in
      attributes(&writer)
      more(&writer)
    }
    return [command, 1, 0, 0] + writer.bytes
  }
}
