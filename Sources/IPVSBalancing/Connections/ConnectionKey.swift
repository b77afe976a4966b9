/// What a connection is found by: its two ends, as a packet of one direction has them.
struct ConnectionKey: Equatable {
  enum Kind: UInt32 {
    case request = 0
    case reply = 0x200
    case template = 0x400
  }

  let client: UInt128

  /// The address asked for, or the server's where the packet is a reply.
  let other: UInt128

  /// Both ports, the client's above.
  let ports: UInt32

  /// The protocol, the family, and the kind.
  let nature: UInt32

  @inline(__always)
  init(
    client: UInt128, other: UInt128, clientPort: UInt16, otherPort: UInt16, transport: UInt8,
    isIPv6: Bool, kind: Kind
  ) {
    self.client = client
    self.other = other
    ports = UInt32(clientPort) << 16 | UInt32(otherPort)
    nature = UInt32(transport) | (isIPv6 ? 0x100 : 0) | kind.rawValue
  }

  var clientPort: UInt16 { UInt16(truncatingIfNeeded: ports >> 16) }
  var otherPort: UInt16 { UInt16(truncatingIfNeeded: ports) }
  var transport: UInt8 { UInt8(truncatingIfNeeded: nature) }
  var isIPv6: Bool { nature & 0x100 != 0 }

  var kind: Kind {
    if nature & Kind.reply.rawValue != 0 { return .reply }
    return nature & Kind.template.rawValue != 0 ? .template : .request
  }

  /// The key in 64 bits that nobody outside can foresee.
  @inline(__always)
  func hash(_ secret: HashSecret) -> UInt64 {
    let rest = UInt64(ports) << 32 | UInt64(nature)
    if isIPv6 {
      let first = HashSecret.mix(client.low ^ secret.words[0], other.low ^ secret.words[1])
      let second = HashSecret.mix(client.high ^ secret.words[2], other.high ^ secret.words[3])
      return HashSecret.mix(first ^ rest ^ secret.words[4], second ^ secret.words[5])
    }
    return HashSecret.mix(
      (client.low << 32 | other.low) ^ secret.words[0], rest ^ secret.words[1])
  }
}
