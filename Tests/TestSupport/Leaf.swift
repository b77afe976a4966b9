// SPDX-License-Identifier: Apache-2.0

/// One attribute that holds no attributes, with the numbers of those that it is in.
///
/// Two requests ask for the same when their leaves are the same set: the kernel takes attributes in
/// any order, with or without the mark for nesting. This reader shares nothing with the code under
/// test.
public struct Leaf: Hashable, Sendable, CustomStringConvertible {
  public var path: [UInt16]
  public var payload: [UInt8]

  public init(_ path: [UInt16], _ payload: [UInt8]) {
    self.path = path
    self.payload = payload
  }

  public var description: String {
    path.map(String.init).joined(separator: ".") + "=" + Hex.text(payload)
  }

  /// The numbers of the outermost attributes of the IPVS family that hold attributes: a service, a
  /// real server, a daemon (linux/ip_vs.h, `IPVS_CMD_ATTR_*`).
  private static let nests: Set<UInt16> = [1, 2, 3]

  /// The leaves of a request of the IPVS family. Nil if an attribute does not fit.
  public static func all(inRequest attributes: [UInt8]) -> Set<Leaf>? {
    guard let outer = split(attributes) else { return nil }
    var leaves: Set<Leaf> = []
    for part in outer {
      guard let number = part.path.first, nests.contains(number), !part.payload.isEmpty else {
        leaves.insert(part)
        continue
      }
      guard let inner = split(part.payload) else { return nil }
      leaves.formUnion(inner.map { Leaf([number] + $0.path, $0.payload) })
    }
    return leaves
  }

  /// The attributes at the top level of `bytes`.
  public static func split(_ bytes: [UInt8]) -> [Leaf]? {
    var leaves: [Leaf] = []
    var offset = 0
    while offset < bytes.count {
      guard let length = bytes.number(UInt16.self, at: offset).map(Int.init), length >= 4,
        offset + length <= bytes.count, let type = bytes.number(UInt16.self, at: offset + 2)
      else { return nil }
      leaves.append(Leaf([type & 0x3fff], Array(bytes[offset + 4..<offset + length])))
      offset += (length + 3) & ~3
    }
    return leaves
  }
}
