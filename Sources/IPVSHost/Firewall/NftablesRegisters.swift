// SPDX-License-Identifier: Apache-2.0

internal import IPVSAddresses

/// Bytes of a register that come from one operand.
struct RegisterPiece {
  var operand: Operand

  /// How many bytes it takes; no more than 16 where `operand` has a field.
  var bytes: Int

  /// Whether the number is in the byte order of this machine: nothing of a packet is.
  var isHostOrder = false

  /// A whole field, where `bits` says how large it is.
  init(_ field: PacketField, bytes: Int, isHostOrder: Bool = false) {
    operand = Operand(field, bits: 8 * bytes)
    (self.bytes, self.isHostOrder) = (bytes, isHostOrder)
  }

  /// A part of a field.
  init(_ operand: Operand, bytes: Int) {
    (self.operand, self.bytes) = (operand, bytes)
  }

  /// Bytes of which nothing is known.
  init(unknown bytes: Int) {
    self.init(Operand(nil, bits: 0), bytes: bytes)
  }

  /// The first bytes of this piece.
  func prefix(_ count: Int) -> RegisterPiece {
    guard count < bytes else { return self }
    guard operand.field != nil, !isHostOrder else { return RegisterPiece(unknown: count) }
    var part = self
    let dropped = 8 * (bytes - count)
    part.operand.shift += dropped
    part.operand.bits = 8 * count
    part.operand.mask >>= UInt128(dropped)
    part.operand.flip >>= UInt128(dropped)
    part.bytes = count
    return part
  }

  /// The number that these bytes of a rule or a set stand for beside this piece.
  func number(_ bytes: ArraySlice<UInt8>) -> UInt128 {
    let isReversed = isHostOrder && UInt32(1).littleEndian == 1
    return isReversed ? bytes.reversed().networkNumber : bytes.networkNumber
  }
}

extension Sequence<UInt8> {
  /// The number of the last 16 bytes, the first of them the most significant.
  var networkNumber: UInt128 { reduce(0) { $0 << 8 | UInt128($1) } }
}

/// What the registers of a rule hold, by name: the machine of nf_tables has 16 of four bytes each
/// (`NFT_REG32_00`), and older names for each four of them (`NFT_REG_1`).
struct Registers {
  enum Content {
    /// What was loaded of the packet.
    case pieces([RegisterPiece])

    /// A value that the rule gives.
    case constant([UInt8])

    /// Values of a map, one of them.
    case oneOf([[UInt8]])

    /// Any value. The text names the kind of its origin.
    case unknown(String)
  }

  private static let firstSlot32: UInt32 = 8
  private static let slotCount = 16
  private var slots: [Int: (content: Content, length: Int)] = [:]

  /// The slot of a register's number; nil for that of the verdict and for numbers that there are
  /// not.
  private static func slot(_ register: UInt32) -> Int? {
    switch register {
    case 1...4: Int(register - 1) * 4
    case firstSlot32..<firstSlot32 + UInt32(slotCount): Int(register - firstSlot32)
    default: nil
    }
  }

  /// Puts a value into a register, over what its bytes held before.
  mutating func store(_ content: Content, length: Int, in register: UInt32) {
    guard let slot = Self.slot(register) else { return }
    let end = slot + max(1, (length + 3) / 4)
    slots = slots.filter { start, held in
      start >= end || start + max(1, (held.length + 3) / 4) <= slot
    }
    slots[slot] = (content, length)
  }

  /// Forgets everything.
  mutating func clear() {
    slots = [:]
  }

  /// What a register holds.
  subscript(_ register: UInt32) -> Content {
    guard let slot = Self.slot(register), let held = slots[slot] else {
      return .unknown("register")
    }
    return held.content
  }

  /// The pieces from the beginning of a register, each with its offset in bytes.
  ///
  /// - Parameters:
  ///   - register: The first register.
  /// - length: How many bytes; registers after the first are there for a concatenation, whose parts
  ///   begin at
  ///     multiples of four bytes.
  /// - Returns: Nil if what they hold is not loaded of the packet or not so long.
  func pieces(_ register: UInt32, length: Int) -> [(piece: RegisterPiece, offset: Int)]? {
    guard var slot = Self.slot(register) else { return nil }
    var (found, offset): ([(piece: RegisterPiece, offset: Int)], Int) = ([], 0)
    while offset < length {
      guard let held = slots[slot], case .pieces(let pieces) = held.content else { return nil }
      var start = offset
      for piece in pieces where start < length {
        found.append((piece.prefix(length - start), start))
        start += piece.bytes
      }
      let taken = max(1, (held.length + 3) / 4)
      (slot, offset) = (slot + taken, offset + 4 * taken)
    }
    return found
  }
}

/// The fields in the headers of a family, as nftables loads them: by header, offset, and length.
enum HeaderLayout {
  /// The bases of payload (`NFT_PAYLOAD_*`).
  static let networkHeader: UInt32 = 1
  static let transportHeader: UInt32 = 2

  private struct Row {
    var base: UInt32
    var offset: Int
    var length: Int
    var field: PacketField
  }

  private static let transport = [
    Row(base: transportHeader, offset: 0, length: 2, field: .sourcePort),
    Row(base: transportHeader, offset: 2, length: 2, field: .destinationPort),
    Row(base: transportHeader, offset: 13, length: 1, field: .tcpFlags),
  ]

  private static let ipv4 =
    [
      Row(base: networkHeader, offset: 6, length: 2, field: .fragment),
      Row(base: networkHeader, offset: 9, length: 1, field: .transport),
      Row(base: networkHeader, offset: 12, length: 4, field: .source),
      Row(base: networkHeader, offset: 16, length: 4, field: .destination),
    ] + transport

  private static let ipv6 =
    [
      Row(base: networkHeader, offset: 6, length: 1, field: .transport),
      Row(base: networkHeader, offset: 8, length: 16, field: .source),
      Row(base: networkHeader, offset: 24, length: 16, field: .destination),
    ] + transport

  /// What bytes of a header hold.
  ///
  /// - Parameters:
  ///   - base: The header (`NFT_PAYLOAD_*`).
  ///   - bytes: The offsets of the bytes in it.
  ///   - family: The family of the packet.
  static func pieces(
    _ base: UInt32, _ bytes: Range<Int>, of family: AddressFamily
  ) -> [RegisterPiece] {
    var (pieces, next): ([RegisterPiece], Int) = ([], bytes.lowerBound)
    for row in (family == .ipv4 ? ipv4 : ipv6) where row.base == base {
      let part = bytes.clamped(to: row.offset..<row.offset + row.length)
      guard !part.isEmpty else { continue }
      if next < part.lowerBound { pieces.append(RegisterPiece(unknown: part.lowerBound - next)) }
      let shift = 8 * (row.offset + row.length - part.upperBound)
      pieces.append(
        RegisterPiece(Operand(row.field, shift: shift, bits: 8 * part.count), bytes: part.count))
      next = part.upperBound
    }
    if next < bytes.upperBound { pieces.append(RegisterPiece(unknown: bytes.upperBound - next)) }
    return pieces
  }
}
