internal import Glibc

/// A value of /proc/sys.
enum SystemSetting {
  /// Sets a value. False: there is no such setting, or it may not be set.
  static func write(_ value: String, to path: String) -> Bool {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return Glibc.write(descriptor, value, value.utf8.count) == value.utf8.count
  }
}
