// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses

/// Why a packet is refused, which an ICMP error tells its sender.
public enum ICMPFault: Hashable, Sendable {
  /// IPv4 11/0, IPv6 3/0
  case timeExceeded

  /// IPv4 3/3, IPv6 1/4
  case portUnreachable

  /// IPv4 3/4, IPv6 2/0, with the MTU in bytes.
  case tooBig(mtu: Int)
}

/// An ICMP error that the director sends (RFC 792, RFC 1191, RFC 4443).
public struct ErrorMessage: Hashable, Sendable {
  private let family: AddressFamily
  private let type: UInt8
  private let code: UInt8

  /// The second four bytes of the ICMP header.
  private let parameter: UInt32

  private let repeatsOptions: Bool

  /// The message that reports a fault to the sender of a packet of a family. A larger MTU than the
  /// message has room for is stated as the largest: 65535 in IPv4.
  public init(_ fault: ICMPFault, _ family: AddressFamily) {
    self.family = family
    parameter =
      if case .tooBig(let mtu) = fault {
        UInt32(clamping: family == .ipv4 ? min(mtu, 0xffff) : mtu)
      } else {
        0
      }
    (type, code) =
      switch (fault, family) {
      case (.timeExceeded, .ipv4): (11, 0)
      case (.timeExceeded, .ipv6): (3, 0)
      case (.portUnreachable, .ipv4): (3, 3)
      case (.portUnreachable, .ipv6): (1, 4)
      case (.tooBig, .ipv4): (3, 4)
      case (.tooBig, .ipv6): (2, 0)
      }
    repeatsOptions = true
  }

  /// Repeats what an error about the outer packet of a tunnel says, for the packet inside. IP options are
  /// left out, as in the kernel, which looks for them in the header of the error that it received.
  ///
  /// - Parameters:
  ///   - message: The error about the outer packet.
  ///   - mtu: For an error about a packet that is too long, the MTU for the packet inside, in bytes.
  public init(repeating message: ICMPErrorMessage, mtu: Int?) {
    family = message.embedded.family
    type = message.type
    code = message.code
    parameter = mtu.map { UInt32(clamping: $0) } ?? message.parameter
    repeatsOptions = false
  }

  /// The bytes of the longest message: what every host can receive (RFC 1812, section 4.3.2.3;
  /// RFC 4443, section 2.4 c).
  public static func room(_ family: AddressFamily) -> Int {
    family == .ipv4 ? 576 : 1280
  }

  /// Linux' default (RFC 1340).
  private static let timeToLive: UInt8 = 64

  /// Writes the message over the beginning of `output`. It quotes as much of the packet as is present
  /// and as there is room for.
  ///
  /// - Parameters:
  ///   - header: That of the packet.
  ///   - packet: What the message is about, of the same family.
  ///   - source: The director's address that the client knows.
  ///   - identification: Used by IPv4.
  ///   - output: Where the message is written.
  /// - Returns: The length in bytes; 0 if `output` has no room for the headers.
  public func write(
    about header: PacketHeader, in packet: RawSpan, from source: UInt128, identification: UInt16,
    into output: inout MutableRawSpan
  ) -> Int {
    let available = Int(header.available)
    precondition(header.family == family && packet.byteCount >= available)
    let options =
      family == .ipv4 && repeatsOptions
      ? Self.options(about: header, in: packet, from: source) : []
    let ipLength = family == .ipv4 ? 20 + options.count : 40
    let start = ipLength + ICMPErrorMessage.headerLength
    let length = min(start + available, Self.room(family), output.byteCount)
    guard length >= start else { return 0 }
    writeICMP(about: packet, at: ipLength, length: length, into: &output)
    let sum = InternetChecksum.sum(of: output.bytes, in: ipLength..<length)
    switch family {
    case .ipv4:
      output.store(raw: ~InternetChecksum.fold(sum), at: ipLength + 2)
      writeIPv4(
        about: header, in: packet, from: source, identification, options, length: length,
        into: &output)
    case .ipv6:
      let pseudo = InternetChecksum.pseudoHeader(
        source: source, destination: header.source, length: length - ipLength,
        transport: TransportNumber.icmpv6)
      output.store(raw: ~InternetChecksum.fold(sum &+ pseudo), at: ipLength + 2)
      writeIPv6(to: header.source, from: source, length: length, into: &output)
    }
    return length
  }

  private func writeICMP(
    about packet: RawSpan, at icmp: Int, length: Int, into output: inout MutableRawSpan
  ) {
    output.store(type, at: icmp)
    output.store(code, at: icmp + 1)
    output.store(UInt16(0), at: icmp + 2)
    output.store(parameter, at: icmp + 4)
    let start = icmp + ICMPErrorMessage.headerLength
    output.copy(packet, 0..<length - start, at: start)
  }

  private func writeIPv4(
    about header: PacketHeader, in packet: RawSpan, from source: UInt128,
    _ identification: UInt16, _ options: [UInt8], length: Int, into output: inout MutableRawSpan
  ) {
    output.store(UInt8(0x45 + options.count / 4), at: 0)
    // The packet's own type of service, with the precedence of network control (RFC 1812,
    // section 4.3.2.5).
    output.store(packet.raw(UInt8.self, at: 1) & 0x1e | 0xc0, at: 1)
    output.store(UInt16(truncatingIfNeeded: length), at: 2)
    output.store(identification, at: 4)
    output.store(UInt16(0), at: 6)
    output.store(Self.timeToLive, at: 8)
    output.store(TransportNumber.icmp, at: 9)
    output.store(UInt32(truncatingIfNeeded: source), at: 12)
    output.store(UInt32(truncatingIfNeeded: header.source), at: 16)
    for (index, byte) in options.enumerated() { output.store(byte, at: 20 + index) }
    output.finishHeader(length: 20 + options.count)
  }

  private func writeIPv6(
    to destination: UInt128, from source: UInt128, length: Int,
    into output: inout MutableRawSpan
  ) {
    output.store(UInt32(0x6000_0000), at: 0)
    output.store(UInt16(truncatingIfNeeded: length - 40), at: 4)
    output.store(TransportNumber.icmpv6, at: 6)
    output.store(Self.timeToLive, at: 7)
    output.store(source, at: 8)
    output.store(destination, at: 24)
  }
}

extension ErrorMessage {
  /// Whether an ICMP error may be sent about a packet: never about another error, nor to or because of an
  /// address that is not one host's (RFC 1122, section 3.2.2; RFC 4443, section 2.4 e).
  public static func mayConcern(_ header: PacketHeader, in packet: RawSpan) -> Bool {
    switch header.family {
    case .ipv4:
      header.fragment != .later && isHost(UInt32(truncatingIfNeeded: header.source))
        && !isGroup(UInt32(truncatingIfNeeded: header.destination))
        && !(header.transport == TransportNumber.icmp && isErrorOrCutOff(header, in: packet))
    case .ipv6:
      header.source != 0 && !isGroup(header.source) && !isGroup(header.destination)
        && !(header.transport == TransportNumber.icmpv6 && isErrorOrCutOff(header, in: packet))
    }
  }

  /// Whether the address can be that of one host: not "this network", loopback, multicast, or reserved.
  private static func isHost(_ address: UInt32) -> Bool {
    switch address >> 24 {
    case 0, 127, 224...255: false
    default: true
    }
  }

  private static func isGroup(_ address: UInt32) -> Bool {
    address >> 28 == 0xe || address == 0xffff_ffff
  }

  private static func isGroup(_ address: UInt128) -> Bool {
    address >> 120 == 0xff
  }

  /// Whether the packet is an error, or too short to tell.
  private static func isErrorOrCutOff(_ header: PacketHeader, in packet: RawSpan) -> Bool {
    let icmp = header.transportOffset
    guard header.fragment != .later, icmp < min(header.length, packet.byteCount) else {
      return true
    }
    let type = packet.raw(UInt8.self, at: icmp)
    return switch (header.family, type) {
    case (.ipv4, 3...5), (.ipv4, 11...12), (.ipv6, ..<128), (.ipv6, 137): true
    default: false
    }
  }
}
