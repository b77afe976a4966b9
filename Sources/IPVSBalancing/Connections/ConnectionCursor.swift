// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSPackets
public import IPVSText

/// The position of a listing of connections of one balancer.
public struct ConnectionCursor: Hashable, Sendable {
  fileprivate var slot: UInt32 = 0
  fileprivate var isBegun = false

  /// Before the heading.
  public init() {}
}

extension Balancer {
  private static let heading =
    "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n"

  /// Appends rows of connections as the kernel lists them in `/proc/net/ip_vs_conn`, the heading first.
  /// Connections that begin or end between two calls may be listed or not; all others are, once.
  ///
  /// - Parameters:
  ///   - cursor: Where the listing continues; updated.
  ///   - limit: The largest number of rows to append.
  ///   - text: Where rows are appended.
  /// - Returns: Whether rows may be left.
  public func connectionRows(
    from cursor: inout ConnectionCursor, limit: Int, into text: inout TextBuffer
  ) -> Bool {
    if !cursor.isBegun {
      text.append(Self.heading)
      cursor.isBegun = true
    }
    for _ in 0..<limit {
      guard let index = connections.next(from: &cursor.slot) else { return false }
      connections[index].append(to: &text, at: now)
      connections.withCallID(index) { callID in
        guard !callID.isEmpty else { return }
        text.append(" sip ")
        callID.withUnsafeBytes { text.append(contentsOf: $0) }
      }
      text.append(byte: UInt8(ascii: "\n"))
    }
    return true
  }
}

extension Connection {
  fileprivate func append(to text: inout TextBuffer, at now: Instant) {
    text.left(3) { $0.append(protocolName) }
    for (address, family, port) in [
      (client, family, clientPort), (virtual, family, virtualPort),
      (server, serverFamily, serverPort),
    ] {
      text.append(byte: UInt8(ascii: " "))
      text.append(address, family)
      text.append(byte: UInt8(ascii: " "))
      text.append(hexadecimal: UInt64(port), digits: 4, letters: "0123456789ABCDEF")
    }
    text.append(byte: UInt8(ascii: " "))
    text.left(11) { $0.append("\(stateName)") }
    text.append(byte: UInt8(ascii: " "))
    text.right(7, deadline.ticks(since: now) / Instant.ticksPerSecond)
  }

  private var protocolName: String {
    switch transport {
    case 0: "IP"
    case TransportNumber.tcp: "TCP"
    case TransportNumber.udp: "UDP"
    case TransportNumber.sctp: "SCTP"
    default: "IP_\(transport)"
    }
  }

  private var stateName: StaticString {
    if isTemplate { return state == 0 ? "NONE" : "ASSURED" }
    switch transport {
    case TransportNumber.tcp: return TCPState(rawValue: state)?.name ?? "NONE"
    case TransportNumber.sctp: return SCTPState(rawValue: state)?.name ?? "NONE"
    case TransportNumber.udp: return "UDP"
    default: return "NONE"
    }
  }
}

extension TextBuffer {
  /// IPv4 as one number, IPv6 in eight full groups.
  fileprivate mutating func append(_ address: UInt128, _ family: AddressFamily) {
    guard family == .ipv6 else {
      append(
        hexadecimal: UInt64(truncatingIfNeeded: address), digits: 8, letters: "0123456789ABCDEF")
      return
    }
    for group in stride(from: 112, through: 0, by: -16) {
      if group < 112 { append(byte: UInt8(ascii: ":")) }
      append(
        hexadecimal: UInt64(truncatingIfNeeded: address >> UInt128(group)) & 0xffff, digits: 4,
        letters: "0123456789abcdef")
    }
  }

  fileprivate mutating func append(hexadecimal number: UInt64, digits: Int, letters: StaticString) {
    for digit in (0..<digits).reversed() {
      append(byte: letters.utf8Start[Int(number >> UInt64(4 * digit) & 15)])
    }
  }
}
