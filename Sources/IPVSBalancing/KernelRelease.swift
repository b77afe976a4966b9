// SPDX-License-Identifier: Apache-2.0

public import IPVSText

/// A release of Linux, such as 6.1.176. Where releases differ, a balancer behaves as the IPVS of one.
public struct KernelRelease: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The oldest release whose behaviour is known, with its first patch level.
  public static let oldest = KernelRelease(6, 1)

  /// The newest release whose behaviour is known; later ones are taken for the same.
  public static let newest = KernelRelease(7, 2)

  /// The three numbers, of 16 bits each.
  private let bits: UInt64

  /// - Parameters:
  ///   - major: The first number.
  ///   - minor: The second number.
  ///   - patch: The third number, the patch level of a stable series.
  public init(_ major: UInt16, _ minor: UInt16, _ patch: UInt16 = 0) {
    bits = UInt64(major) << 32 | UInt64(minor) << 16 | UInt64(patch)
  }

  /// A release in words: `6.1`, or `6.1.176` with the patch level.
  ///
  /// - Parameter text: The two or three numbers, with dots between them.
  /// - Returns: Nil for another text, and for a release before `oldest`.
  public init?(_ text: ByteString) {
    let parts = text.bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let numbers = parts.compactMap { UInt16(ByteString($0).description) }
    guard numbers.count == parts.count, 2...3 ~= numbers.count else { return nil }
    self.init(numbers[0], numbers[1], numbers.count == 3 ? numbers[2] : 0)
    guard self >= .oldest else { return nil }
  }

  public var description: String {
    let patch = UInt16(truncatingIfNeeded: bits)
    return "\(bits >> 32).\(bits >> 16 & 0xffff)" + (patch == 0 ? "" : ".\(patch)")
  }

  public static func < (left: KernelRelease, right: KernelRelease) -> Bool {
    left.bits < right.bits
  }
}

/// What depends on the release, as measured on the kernels of `Tests/Lab/kernels.py`.
extension Settings {
  /// The release with which the series 6.1 got changes that newer series got at other patch levels; those
  /// are taken to have them from the start.
  private static var mended: KernelRelease { KernelRelease(6, 1, 192) }

  /// Thresholds look at connections and templates alike, a lower one closes no server, and
  /// least-connection schedulers weigh active connections with 256, not 257.
  var countsAsOlderKernels: Bool { kernel < Self.mended }

  /// A client's ICMP error is dropped for a wrong checksum if it is of IPv4. Later releases drop it, of
  /// both families, if it is for a masqueraded server and so must be rewritten.
  var checksErrorsByFamily: Bool { kernel < Self.mended }

  /// ICMPv6 errors of masqueraded servers are dropped: their checksum is computed without the pseudo header.
  var dropsServersICMPv6: Bool { kernel < Self.mended }

  /// Clients are told the MTU behind a tunnel less an IP header, whatever the kind of the tunnel.
  /// Later releases subtract all that the tunnel prepends.
  var reportsOneTunnelMTU: Bool { kernel < Self.mended }

  /// A template whose server is gone loses its virtual port; the server's port it loses in any release.
  var hidesVirtualPorts: Bool { kernel < KernelRelease(7, 2) }
}
