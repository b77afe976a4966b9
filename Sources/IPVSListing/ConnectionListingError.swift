/// Why the kernel's table of connections could not be listed.
public enum ConnectionListingError: Error, Hashable, Sendable {
  /// There was not even a line of titles.
  case empty

  /// A row is not that of a connection. Rows count from 1, the one below the titles.
  case malformed(row: Int)

  /// A row has more than `limit` bytes.
  case tooLong(row: Int, limit: Int)
}
