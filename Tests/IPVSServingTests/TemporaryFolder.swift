// SPDX-License-Identifier: Apache-2.0

import Foundation
import IPVSText

/// A folder that is gone at the end of the test.
final class TemporaryFolder {
  let path: String

  init() throws {
    // The address of a socket has room for a short path only.
    path = "/tmp/serving.\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func path(of name: String) -> ByteString { ByteString("\(path)/\(name)") }

  func remove(_ name: String) throws {
    try FileManager.default.removeItem(atPath: "\(path)/\(name)")
  }

  var content: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }
}
