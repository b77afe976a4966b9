public import IPVSAddresses

/// An ICMP error that the director makes (RFC 792, RFC 1191, RFC 4443).
public struct ErrorMessage: Hashable, Sendable {
  private let family: AddressFamily
  private let type: UInt8
  private let code: UInt8

  /// The second four bytes of the ICMP header.
  private let parameter: UInt32

  private let repeatsOptions: Bool

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

  /// The same that an error about an outer packet of a tunnel says, about the packet inside. Options are
  /// not repeated: the kernel looks for them in the header of the error that it got.
  ///
  /// - Parameters:
  ///   - message: what was read of the error.
  ///   - mtu: where it says that the packet is too long: the size that would do. Nil: it says something
  ///     else.
  public init(repeating message: ICMPErrorMessage, mtu: Int?) {
    family = message.embedded.family
    type = message.type
    code = message.code
    parameter = mtu.map { UInt32(clamping: $0) } ?? message.parameter
    repeatsOptions = false
  }

  /// The bytes of the longest message: what every host takes whole (RFC 1812, section 4.3.2.3;
  /// RFC 4443, section 2.4 c).
  public static func room(_ family: AddressFamily) -> Int {
    family == .ipv4 ? 576 : 1280
  }

  /// The hops that it may take, as Linux has it by default (RFC 1340).
  private static let timeToLive: UInt8 = 64

  /// Writes the message over the beginning of `output`, and returns its length: 0 where `output` has
  /// no room for the headers. As much of the packet as is there, and there is room for, follows them.
  ///
  /// - Parameters:
  ///   - packet: what the message is about, of the same family.
  ///   - source: the director's address that the client knows.
  ///   - identification: for IPv4.
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
    about packet: RawSpan, at place: Int, length: Int, into output: inout MutableRawSpan
  ) {
    output.store(type, at: place)
    output.store(code, at: place + 1)
    output.store(UInt16(0), at: place + 2)
    output.store(parameter, at: place + 4)
    let start = place + ICMPErrorMessage.headerLength
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
    for (place, byte) in options.enumerated() { output.store(byte, at: 20 + place) }
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
