// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A setting under /proc/sys.
package struct SystemSetting {
  /// The file of the setting, such as `/proc/sys/net/ipv4/ip_forward`.
  package let path: String

  /// The setting of a file.
  package init(path: String) {
    self.path = path
  }

  /// The value without its line end; nil if there is no such setting.
  package var value: String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var text = [UInt8](repeating: 0, count: 64)
    let length = read(descriptor, &text, text.count)
    guard length > 0 else { return nil }
    return String(decoding: text[..<length].prefix { $0 > UInt8(ascii: " ") }, as: UTF8.self)
  }

  /// Sets the value.
  ///
  /// - Returns: False if there is no such setting, or this process may not set it.
  package func set(_ value: String) -> Bool {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return write(descriptor, value, value.utf8.count) == value.utf8.count
  }
}
