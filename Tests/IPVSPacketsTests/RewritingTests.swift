// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSPackets
import TestSupport
import Testing

@Suite struct RewritingTests {
  /// A packet of each kind, without checksums.
  static let kinds: [Packet] = [
    .ipv4(6, Packet.tcp([1, 2, 3])), .ipv4(17, Packet.udp([1, 2, 3])),
    .ipv4(132, Packet.sctp([0, 0, 0, 4])), .ipv6(6, Packet.tcp([1])), .ipv6(17, Packet.udp([])),
    .ipv6(132, Packet.sctp([0, 0, 0, 4])), .ipv4(6, options: [1, 1, 1, 0], Packet.tcp()),
    .ipv6(17, extensions: [(60, [0, 1, 4, 0, 0, 0, 0])], Packet.udp([9])),
  ]

  /// Rewrites the source or destination of a packet.
  private func rewrite(
    _ packet: inout Packet, source isSource: Bool, _ address: UInt128, _ port: UInt16,
    _ checksum: ChecksumState = .complete
  ) throws {
    var header = try packet.header
    packet.edit { bytes in
      if isSource {
        header.snat(&bytes, as: address, port: port, checksum: checksum)
      } else {
        header.dnat(&bytes, to: address, port: port, checksum: checksum)
      }
    }
    #expect(try packet.header == header)
  }

  private func randomAddress(_ family: AddressFamily, _ seed: inout Seed) -> UInt128 {
    family == .ipv4
      ? UInt128(UInt32.random(in: 0...UInt32.max, using: &seed))
      : UInt128.random(in: 0...UInt128.max, using: &seed)
  }

  @Test func keepsRightChecksumsRight() throws {
    var seed = Seed(for: "RewritingTests")
    for kind in Self.kinds {
      for _ in 0..<500 {
        var packet = kind
        let start = try packet.header.transportOffset
        packet.bytes.replaceSubrange(start..<start + 4, with: seed.bytes(4))
        packet = try packet.checked()
        for isSource in [false, true] {
          let address = randomAddress(try packet.header.family, &seed)
          let port = UInt16.random(in: 0...UInt16.max, using: &seed)
          try rewrite(&packet, source: isSource, address, port)
          let header = try packet.header
          #expect((isSource ? header.source : header.destination) == address)
          #expect((isSource ? header.sourcePort : header.destinationPort) == port)
        }
        #expect(try packet == packet.checked())
        if try packet.header.family == .ipv4 {
          #expect(ReferenceChecksum.headerSum(of: packet.bytes) == 0xffff)
        }
      }
    }
  }

  @Test func keepsWrongChecksumsWrongByTheSame() throws {
    var seed = Seed(for: "RewritingTests")
    for kind in Self.kinds where try kind.header.transport != TransportNumber.sctp {
      for _ in 0..<500 {
        var packet = kind
        let index = packet.checksumIndex(try packet.header)
        packet.set(UInt16.random(in: 1...UInt16.max, using: &seed), at: index)
        let before = try ReferenceChecksum.transportSum(of: packet.bytes)
        let address = randomAddress(try packet.header.family, &seed)
        try rewrite(&packet, source: Bool.random(using: &seed), address, 7)
        let after = try ReferenceChecksum.transportSum(of: packet.bytes)
        #expect(after % 0xffff == before % 0xffff)
      }
    }
  }

  @Test func isReversible() throws {
    for kind in Self.kinds {
      let packet = try kind.checked()
      let header = try packet.header
      var other = packet
      try rewrite(&other, source: true, 0x0102_0304, 9)
      #expect(other != packet)
      try rewrite(&other, source: true, header.source, header.sourcePort)
      #expect(other == packet)
    }
  }

  @Test func computesAChecksumOfUDPThatWasLeftOut() throws {
    for payload in [[], [1], [1, 2], [UInt8](repeating: 0xff, count: 1400)] as [[UInt8]] {
      for packet in [Packet.ipv4(17, Packet.udp(payload)), .ipv6(17, Packet.udp(payload))] {
        var packet = packet
        try rewrite(&packet, source: false, 0x0a02_0001, 5353)
        #expect(try packet == packet.checked())
        #expect(packet.word(at: packet.checksumIndex(try packet.header)) != 0)
      }
    }
  }

  /// The last word makes the sum 0xffff, so that the checksum is 0.
  @Test func storesAZeroOfUDPAsAllOnesAndOfTCPAsItIs() throws {
    for (transport, payload, stored) in [
      (17, Packet.udp([0, 0]), 0xffff), (6, Packet.tcp([0, 0]), 0),
    ] as [(UInt8, [UInt8], UInt16)] {
      var target = Packet.ipv4(transport, to: 0x0a02_0001, payload)
      let index = target.checksumIndex(try target.header)
      let gap = ~(try ReferenceChecksum.transportSum(of: target.bytes))
      target.set(gap, at: target.bytes.count - 2)
      var packet = target
      packet.bytes.replaceSubrange(16..<20, with: [10, 0, 0, 1])
      packet = try packet.checked()
      let port = try target.header.destinationPort
      try rewrite(&packet, source: false, 0x0a02_0001, port)
      #expect(packet.word(at: index) == stored)
    }
  }

  /// A partial checksum is the folded sum of the pseudo header, which has no ports.
  @Test func keepsPartialChecksumsPartial() throws {
    for kind in Self.kinds where try kind.header.transport != TransportNumber.sctp {
      var packet = kind
      let header = try packet.header
      let index = packet.checksumIndex(header)
      let end = header.length
      packet.set(pseudoHeaderSum(packet, header), at: index)
      try rewrite(&packet, source: false, 0x0a02_0001, 5353, .partial)
      try rewrite(&packet, source: true, 0x0a00_0001, 5354, .partial)
      #expect(packet.word(at: index) == pseudoHeaderSum(packet, try packet.header))
      let isComplete = packet.edit {
        $0.completeChecksum(
          from: header.transportOffset, offset: index - header.transportOffset, end: end)
      }
      #expect(isComplete)
      #expect(try packet == packet.checked())
    }
  }

  private func pseudoHeaderSum(_ packet: Packet, _ header: PacketHeader) -> UInt16 {
    let addresses = header.family == .ipv4 ? packet.bytes[12..<20] : packet.bytes[8..<40]
    let rest = UInt32(header.length - header.transportOffset) + UInt32(header.transport)
    return ReferenceChecksum.sum(addresses, from: rest)
  }

  @Test func changesOnlyTheAddressOfLaterFragments() throws {
    let original = Packet.ipv4(17, fragmentation: 0x0010, Packet.udp([1, 2, 3]))
    var packet = original
    try rewrite(&packet, source: false, 0x0a02_0001, 5353)
    #expect(try packet.header.destination == 0x0a02_0001)
    #expect(packet.bytes[20...] == original.bytes[20...])
    #expect(ReferenceChecksum.headerSum(of: packet.bytes) == 0xffff)
  }

  /// The checksum of a first fragment covers bytes of others: it can be updated, not computed.
  @Test func changesTheChecksumOfFirstFragments() throws {
    for (stored, expected) in [(0x1234, true), (0, false)] as [(UInt16, Bool)] {
      var packet = Packet.ipv4(17, fragmentation: 0x2000, Packet.udp([1, 2, 3]))
      packet.set(stored, at: 26)
      let before = try ReferenceChecksum.transportSum(of: packet.bytes)
      try rewrite(&packet, source: false, 0x0a02_0001, 5353)
      #expect(try packet.header.destinationPort == 5353)
      #expect(try (ReferenceChecksum.transportSum(of: packet.bytes) == before) == expected)
      #expect((packet.word(at: 26) == 0) == !expected)
    }
    var packet = Packet.ipv4(132, fragmentation: 0x2000, Packet.sctp([0, 0, 0, 4]))
    let sum = packet.bytes[28..<32]
    try rewrite(&packet, source: false, 0x0a02_0001, 5353)
    #expect(packet.bytes[28..<32] == sum)
  }

  /// SCTP's checksum does not cover addresses.
  @Test func computesTheChecksumOfSCTPOnlyForAnotherPort() throws {
    var packet = Packet.ipv4(132, Packet.sctp([0, 0, 0, 4]))
    let wrong = packet.bytes[28..<32]
    try rewrite(&packet, source: false, 0x0a02_0001, 99)
    #expect(packet.bytes[28..<32] == wrong)
    try rewrite(&packet, source: false, 0x0a02_0001, 100)
    #expect(try packet == packet.checked())
  }

  @Test(arguments: [TransportNumber.ah, TransportNumber.esp, 1, 47, 250])
  func changesOnlyTheAddressWhereThereAreNoPorts(_ transport: UInt8) throws {
    let original = Packet.ipv4(transport, [1, 2, 3, 4, 5, 6, 7, 8])
    var packet = original
    try rewrite(&packet, source: true, 0x0a02_0001, 5353)
    #expect(try packet.header.source == 0x0a02_0001)
    #expect(packet.bytes[20...] == original.bytes[20...])
  }

  @Test func writesNothingAfterACutOffHeader() throws {
    for (transport, whole) in [(6, Packet.tcp()), (17, Packet.udp()), (132, Packet.sctp())]
      as [(UInt8, [UInt8])]
    {
      for count in 0..<whole.count {
        var packet = Packet.ipv4(transport, Array(whole[..<count]))
        packet.bytes += [UInt8](repeating: 0xa5, count: 32)
        try rewrite(&packet, source: false, 0x0a02_0001, 5353)
        #expect(packet.bytes[(20 + count)...].allSatisfy { $0 == 0xa5 })
        #expect(try packet.header.destinationPort == (count < 4 ? 0 : 5353))
      }
    }
  }

  @Test func decrementsTheTimeToLive() throws {
    for timeToLive in 0...UInt8.max {
      for wrong in [0, 1, 0x1234] as [UInt16] {
        var packet = Packet.ipv4(6, timeToLive: timeToLive, Packet.tcp())
        packet.set(packet.word(at: 10) &+ wrong, at: 10)
        let before = ReferenceChecksum.headerSum(of: packet.bytes)
        var header = try packet.header
        packet.edit { header.decrementTimeToLive(&$0) }
        #expect(header.timeToLive == (timeToLive == 0 ? 0 : timeToLive - 1))
        #expect(try packet.header == header)
        #expect(ReferenceChecksum.headerSum(of: packet.bytes) % 0xffff == before % 0xffff)
      }
      var packet = Packet.ipv6(6, hopLimit: timeToLive, Packet.tcp())
      var header = try packet.header
      packet.edit { header.decrementTimeToLive(&$0) }
      #expect(packet == .ipv6(6, hopLimit: header.timeToLive, Packet.tcp()))
    }
  }

  /// As the kernel's `ip_decrease_ttl`, never all ones.
  @Test func storesZeroForAHeaderChecksumOfAllOnes() throws {
    let sum = Packet.ipv4(6, from: 0xc633_0000, Packet.tcp()).word(at: 10)
    let source = 0xc633_0000 | UInt32(ReferenceChecksum.sum(Packet.big(sum), from: 0x0100))
    var packet = Packet.ipv4(6, from: source, Packet.tcp())
    #expect(packet.word(at: 10) == 0xfeff)
    var header = try packet.header
    packet.edit { header.decrementTimeToLive(&$0) }
    #expect(packet == .ipv4(6, from: source, timeToLive: 63, Packet.tcp()))
    #expect(packet.word(at: 10) == 0)
  }
}
