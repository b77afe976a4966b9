// SPDX-License-Identifier: Apache-2.0

public import IPVSText

/// A name that the kernel keeps in a field of fixed size: that of a scheduler, of a persistence
/// engine, or of a network interface.
public struct KernelName: Hashable, Sendable {
  /// The most bytes in the name of a scheduler (`IP_VS_SCHEDNAME_MAXLEN`, less the closing zero).
  public static let longestScheduler = 15

  /// The most bytes in the name of a persistence engine (`IP_VS_PENAME_MAXLEN`).
  public static let longestEngine = 16

  /// The most bytes in the name of an interface (`IP_VS_IFNAME_MAXLEN`, less the closing zero).
  public static let longestInterface = 15

  /// The bytes of the name, without the closing zero.
  public let text: ByteString

  /// Nil if the text is longer than `limit` bytes or holds a zero byte.
  ///
  /// - Parameters:
  ///   - text: The name.
  ///   - limit: One of the limits above.
  public init?(_ text: ByteString, atMost limit: Int) {
    guard text.count <= limit, !text.bytes.contains(0) else { return nil }
    self.text = text
  }

  private init(literal text: ByteString) {
    self.text = text
  }

  /// Weighted least connections, the scheduler of a service for which none is named.
  public static let weightedLeastConnections = KernelName(literal: "wlc")

  /// Weighted round robin, the scheduler of the kernel that `ippfvsadm` was written for.
  public static let weightedRoundRobin = KernelName(literal: "wrr")

  /// The interface that carries sync messages where none is named.
  public static let firstEthernet = KernelName(literal: "eth0")
}

extension KernelName: CustomStringConvertible {
  /// The name; bytes that are not UTF-8 are replaced by U+FFFD.
  public var description: String { text.description }
}
