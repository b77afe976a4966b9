// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses
internal import IPVSNumbers

/// A connection or a persistence template, in 96 bytes: its addresses, its server, and its state.
struct Connection {
  typealias Index = ConnectionTable.Index

  // The addresses of the client, of the service, and of the server as numbers, those of IPv4 in the low
  // 32 bits.
  var client: UInt128
  var virtual: UInt128
  var server: UInt128

  /// The ports of the client, of the service, and of the server, in host order.
  var clientPort: UInt16
  var virtualPort: UInt16
  var serverPort: UInt16

  /// The number of the transport protocol; 0 for a template that is valid for all of them.
  var transport: UInt8

  /// A `TCPState`, an `SCTPState`, or 0; of a template 1 once it is assured.
  var state: UInt8 = 0

  var flags: Flags

  private var destinationSlot: UInt32

  /// The time at which the connection ends if no packet comes.
  var deadline: Instant

  /// The lower bits of the time at which the wheel wakes the connection next; never after the deadline.
  var wakeUp: UInt32 = 0

  /// The number of ticks from a packet to the deadline.
  var timeout: UInt32

  /// For a template the number of its connections, for a connection the slot of its template.
  private var kin: UInt32

  /// The number of the client's packets.
  var packets: UInt32 = 0

  /// The links of the timer wheel.
  var links = WheelLinks()

  init(
    _ key: ConnectionKey, server: UInt128, serverPort: UInt16, flags: Flags,
    destination: Candidates.Index?, timeout: UInt32, at now: Instant
  ) {
    client = key.client
    virtual = key.other
    self.server = server
    clientPort = key.clientPort
    virtualPort = key.otherPort
    self.serverPort = serverPort
    transport = key.transport
    self.flags = flags
    if key.isIPv6 { self.flags.insert(.isIPv6) }
    if key.kind == .template {
      self.flags.insert(.isTemplate)
    } else {
      self.flags.insert(.isInactive)
    }
    destinationSlot = destination?.value ?? ConnectionTable.nowhere
    self.timeout = timeout
    kin = key.kind == .template ? 0 : ConnectionTable.nowhere
    deadline = now.advanced(byTicks: UInt64(timeout))
  }

  struct Flags: OptionSet {
    let rawValue: UInt16

    /// The low three bits are the forwarding method (`IP_VS_CONN_F_FWD_MASK`).
    static let forwarding = Flags(rawValue: UInt16(ForwardingNumber.mask))

    /// In the index; otherwise no packet finds the connection.
    static let isIndexed = Flags(rawValue: 0x8)

    /// No packet of the server was seen (`IP_VS_CONN_F_NOOUTPUT`).
    static let lacksOutput = Flags(rawValue: 0x10)

    /// Counted among its server's inactive connections.
    static let isInactive = Flags(rawValue: 0x20)

    static let isTemplate = Flags(rawValue: 0x40)

    /// Ends with the packet that began it.
    static let isOnePacket = Flags(rawValue: 0x80)

    static let isIPv6 = Flags(rawValue: 0x100)
    static let serverIsIPv6 = Flags(rawValue: 0x200)

    /// The slot holds a connection.
    static let isUsed = Flags(rawValue: 0x400)

    /// A template that is found by a Call-ID besides its key.
    static let hasCallID = Flags(rawValue: 0x800)
  }

  /// The real server; nil if packets go to their original destination.
  var destination: Candidates.Index? {
    destinationSlot == ConnectionTable.nowhere ? nil : Candidates.Index(value: destinationSlot)
  }

  /// The template that the connection belongs to.
  var parent: Index? {
    get { isTemplate || kin == ConnectionTable.nowhere ? nil : Index(value: kin) }
    set { kin = newValue?.value ?? ConnectionTable.nowhere }
  }

  /// The number of connections of this template.
  var children: UInt32 {
    get { isTemplate ? kin : 0 }
    set { kin = newValue }
  }

  var family: AddressFamily { flags.contains(.isIPv6) ? .ipv6 : .ipv4 }
  var serverFamily: AddressFamily { flags.contains(.serverIsIPv6) ? .ipv6 : .ipv4 }

  /// The forwarding method (`IP_VS_CONN_F_FWD_MASK`).
  var forwarding: UInt32 { UInt32(flags.intersection(.forwarding).rawValue) }

  var isMasqueraded: Bool { flags.isDisjoint(with: .forwarding) }
  var isTemplate: Bool { flags.contains(.isTemplate) }

  /// The key of clients' packets.
  var requestKey: ConnectionKey {
    ConnectionKey(
      client: client, other: virtual, clientPort: clientPort, otherPort: virtualPort,
      transport: transport, isIPv6: flags.contains(.isIPv6),
      kind: isTemplate ? .template : .request)
  }

  /// The key of the server's packets.
  var replyKey: ConnectionKey {
    ConnectionKey(
      client: client, other: isMasqueraded ? server : virtual, clientPort: clientPort,
      otherPort: isMasqueraded ? serverPort : virtualPort, transport: transport,
      isIPv6: flags.contains(.isIPv6), kind: .reply)
  }
}

/// The key of a connection: its two ends, as packets of one direction have them.
struct ConnectionKey: Equatable {
  enum Kind: UInt32 {
    case request = 0
    case reply = 0x200
    case template = 0x400
  }

  let client: UInt128

  /// The address of the service, or of the server for a reply.
  let other: UInt128

  /// Both ports, the client's in the upper half.
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

  /// The keyed hash.
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
