// SPDX-License-Identifier: Apache-2.0

import IPVSSchedulers
import TestSupport

/// Requests by chance: every command, with the attributes that it may have and those that it may not,
/// of right and of wrong sizes, about so few services and servers that they meet.
struct RequestGrammar {
  private typealias Bytes = RequestBytes

  var seed: Seed

  init(_ seed: Seed) { self.seed = seed }

  /// A datagram of a few requests, numbered from `sequence` on; now and then an injured one.
  mutating func datagram(_ sequence: inout UInt32) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 1...6, using: &seed) {
      bytes += request(sequence)
      sequence += 1
      bytes += [UInt8](repeating: 0, count: -bytes.count & 3)
    }
    return chance(8) ? seed.injured(bytes) : bytes
  }

  private mutating func chance(_ oneIn: Int) -> Bool {
    Int.random(in: 0..<oneIn, using: &seed) == 0
  }

  private mutating func one<Element>(of all: [Element], or usual: Element) -> Element {
    all.randomElement(using: &seed) ?? usual
  }

  private mutating func number(_ likely: UInt32...) -> UInt32 {
    let odd: [UInt32] = [0, 1, 0x7fff_ffff, 0x8000_0000, .max]
    if chance(6) { return one(of: odd, or: 0) }
    return chance(20) ? UInt32.random(in: 0 ... .max, using: &seed) : one(of: likely, or: 0)
  }

  private mutating func request(_ sequence: UInt32) -> [UInt8] {
    let flags: UInt16 = one(of: [0x5, 0x5, 0x5, 0x1, 0x301, 0x305, 0x605, 0x4, 0], or: 0x5)
    if chance(12) {
      let look = chance(2) ? Bytes.attribute(2, text: "IPVS") : attribute(1, number(28, 29), [2])
      return Bytes.message(
        one(of: [3, 10], or: 3), type: 16, flags: flags, sequence: sequence, look)
    }
    let type: UInt16 = chance(15) ? one(of: [0, 1, 2, 15, 29, 30, .max], or: 0) : Bytes.ipvs
    let command =
      chance(15) ? UInt8.random(in: 0...255, using: &seed) : one(of: Self.commands, or: 1)
    return Bytes.message(
      command, type: type, flags: flags, sequence: sequence, attributes(of: command))
  }

  /// Additions come more often than what empties the table.
  private static let commands: [UInt8] =
    Array(1...16) + [1, 1, 1, 2, 2, 5, 5, 5, 5, 6, 6, 7, 8, 4] + [17]

  private mutating func attributes(of command: UInt8) -> [UInt8] {
    var parts: [[UInt8]] = []
    switch command {
    case 1, 2: parts = [service(isFull: true)]
    case 3, 4, 8: parts = [service(isFull: chance(8))]
    case 5, 6: parts = [service(isFull: false), server(isFull: true)]
    case 7: parts = [service(isFull: false), server(isFull: chance(8))]
    case 9, 10: parts = [daemon()]
    case 12:
      for type in 4...6 as ClosedRange<UInt16> {
        parts.append(attribute(type, number(60, 900), [4]))
      }
    case 16: if chance(2) { parts = [service(isFull: false)] }
    default: break
    }
    if chance(6) {
      parts.append(one(of: [service(isFull: true), server(isFull: true), daemon()], or: []))
    }
    if chance(10) {
      parts.append(attribute(UInt16.random(in: 0...70, using: &seed), number(1), [4]))
    }
    if chance(10) { parts.shuffle(using: &seed) }
    return Array(parts.joined())
  }

  /// An attribute with the first bytes of a number, rarely more or fewer than there should be.
  private mutating func attribute(_ type: UInt16, _ value: UInt32, _ sizes: [Int]) -> [UInt8] {
    var size = one(of: sizes, or: 4)
    if chance(40) { size = Int.random(in: 0...24, using: &seed) }
    var payload: [UInt8] = []
    payload.append(number: value)
    payload += [UInt8](repeating: 0, count: 20)
    let mark: UInt16 = chance(20) ? 0x8000 : 0
    return Bytes.attribute(type | mark, Array(payload.prefix(size)))
  }

  private mutating func text(_ type: UInt16, _ likely: [String]) -> [UInt8] {
    if chance(30) { return Bytes.attribute(type, seed.bytes(Int.random(in: 0...20, using: &seed))) }
    return Bytes.attribute(type, text: one(of: likely, or: ""))
  }

  /// Most of the attributes, in order or not, some of them twice.
  private mutating func nest(_ type: UInt16, _ attributes: [[UInt8]]) -> [UInt8] {
    var content: [[UInt8]] = []
    for attribute in attributes where !chance(50) {
      content.append(attribute)
      if chance(50) { content.append(attribute) }
    }
    if chance(20) { content.shuffle(using: &seed) }
    return Bytes.attribute(chance(4) ? type | 0x8000 : type, Array(content.joined()))
  }

  private mutating func address(_ isIPv6: Bool, _ network: UInt8) -> [UInt8] {
    let host = UInt8.random(in: 0...5, using: &seed)
    let bytes: [UInt8] =
      isIPv6 ? [0xfd] + [UInt8](repeating: 0, count: 14) + [host] : [10, network, 0, host]
    return chance(3) ? bytes : bytes + [UInt8](repeating: 0, count: 16 - bytes.count)
  }

  private mutating func service(isFull: Bool) -> [UInt8] {
    let isIPv6 = chance(4)
    var content = [attribute(1, chance(30) ? number(3) : isIPv6 ? 10 : 2, [2])]
    if chance(4) {
      content.append(attribute(5, number(1, 2, 3), [4]))
    } else {
      content.append(attribute(2, number(6, 6, 6, 17, 132), [2]))
      content.append(Bytes.attribute(3, address(isIPv6, 0)))
      content.append(attribute(4, number(0x5000, 0x5100, 0, 0x1500), [2]))
    }
    if isFull {
      content.append(text(6, SchedulerName.allCases.map(\.rawValue) + ["none", "", "no such"]))
      let flags = number(0, 1, 4, 0x19)
      content.append(Bytes.attribute(7, withUnsafeBytes(of: (flags, UInt32.max)) { Array($0) }))
      content.append(attribute(8, number(0, 300), [4]))
      content.append(attribute(9, isIPv6 ? number(64, 128) : number(.max), [4]))
      if chance(4) { content.append(text(11, ["sip", "", "no such"])) }
    }
    return nest(1, content)
  }

  private mutating func server(isFull: Bool) -> [UInt8] {
    let isIPv6 = chance(5)
    var content = [Bytes.attribute(1, address(isIPv6, 2)), attribute(2, number(0x5000, 0), [2])]
    if isIPv6 || chance(3) {
      content.append(attribute(11, chance(30) ? number(7) : isIPv6 ? 10 : 2, [2]))
    }
    if isFull {
      content.append(attribute(3, number(0, 1, 2, 2, 3), [4]))
      content.append(attribute(4, number(1, 2, 100), [4]))
      let upper = number(0, 10)
      content.append(attribute(5, upper, [4]))
      content.append(attribute(6, number(0, 0, 5, upper), [4]))
      if chance(3) {
        content.append(attribute(13, number(0, 1, 2), [1]))
        content.append(attribute(14, number(0x1234, 0), [2]))
        content.append(attribute(15, number(0, 1, 2), [2]))
      }
    }
    return nest(2, content)
  }

  private mutating func daemon() -> [UInt8] {
    var content = [attribute(1, number(1, 2), [4]), text(2, ["d0", "lo", "none"])]
    content.append(attribute(3, number(1), [4]))
    if chance(2) { content.append(attribute(4, number(1400), [2])) }
    if chance(3) { content.append(attribute(5, number(0x5100_00e0), [4])) }
    if chance(5) { content.append(Bytes.attribute(6, [0xff] + seed.bytes(15))) }
    if chance(3) { content.append(attribute(7, number(8848), [2])) }
    if chance(3) { content.append(attribute(8, number(4), [1])) }
    return nest(3, content)
  }
}
