// SPDX-License-Identifier: Apache-2.0

import IPVSText

/// The names of files behind an `include`: braces, and the wildcards of glob(7).
struct IncludePattern {
  /// The most paths that the braces of a pattern may make, and the most that a pattern may find.
  static let mostPaths = 4096

  /// The patterns without braces; nil where there are too many.
  let alternatives: [[UInt8]]?

  init(_ pattern: ByteString) {
    var alternatives = [[UInt8]]()
    var waiting = [pattern.bytes]
    while let next = waiting.popLast() {
      guard alternatives.count + waiting.count <= Self.mostPaths else {
        self.alternatives = nil
        return
      }
      if let parts = Self.firstBraces(next) {
        waiting.append(contentsOf: parts.reversed())
      } else {
        alternatives.append(next)
      }
    }
    self.alternatives = alternatives
  }

  /// What the first pair of braces makes of a pattern: one pattern for each text in them.
  private static func firstBraces(_ pattern: [UInt8]) -> [[UInt8]]? {
    guard let start = pattern.firstIndex(of: UInt8(ascii: "{")) else { return nil }
    var depth = 0
    var cuts = [start]
    for index in pattern[start...].indices {
      switch pattern[index] {
      case UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "}"):
        depth -= 1
        guard depth == 0 else { continue }
        cuts.append(index)
        guard cuts.count > 1 else { return nil }
        return zip(cuts, cuts.dropFirst()).map { left, right -> [UInt8] in
          var alternative = [UInt8](pattern[..<start])
          alternative += pattern[(left + 1)..<right]
          alternative += pattern[(index + 1)...]
          return alternative
        }
      case UInt8(ascii: ","): if depth == 1 { cuts.append(index) }
      default: break
      }
    }
    return nil
  }

  /// Whether a path holds a wildcard.
  static func isWild(_ path: some Sequence<UInt8>) -> Bool {
    path.contains { "*?[".utf8.contains($0) }
  }

  /// The files that a path with wildcards names, in ascending order.
  static func paths(
    matching pattern: [UInt8], in folder: [UInt8], _ files: any ConfigurationFiles
  ) -> [[UInt8]] {
    let isAbsolute = pattern.first == slash
    var found: [[UInt8]] = [isAbsolute ? [slash] : []]
    for part in pattern.split(separator: slash) {
      guard isWild(part) else {
        found = found.map { $0.joined(to: part) }
        continue
      }
      var next: [[UInt8]] = []
      for path in found {
        let place = isAbsolute ? path : folder.joined(to: path[...])
        for name in files.names(inFolder: ByteString(place)).sorted()
        where next.count < mostPaths && matches(name.bytes[...], part) {
          next.append(path.joined(to: name.bytes[...]))
        }
      }
      found = next
    }
    return found
  }

  /// Whether a name of a file is one of a pattern. A dot at its start must be in the pattern.
  static func matches(_ name: ArraySlice<UInt8>, _ pattern: ArraySlice<UInt8>) -> Bool {
    let dot = UInt8(ascii: ".")
    if name.first == dot, pattern.first != dot { return false }
    // The last star, and what it has taken so far: on a mismatch it takes one byte more.
    var star: (pattern: Int, name: Int)?
    var index = name.startIndex
    var place = pattern.startIndex
    while index < name.endIndex {
      if place < pattern.endIndex, pattern[place] == UInt8(ascii: "*") {
        star = (place + 1, index)
        place += 1
      } else if let next = next(after: place, in: pattern, taking: name[index]) {
        place = next
        index += 1
      } else if let last = star {
        star = (last.pattern, last.name + 1)
        place = last.pattern
        index = last.name + 1
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
  }

  /// The place behind the part of a pattern that takes a byte; nil where it takes another.
  private static func next(
    after place: Int, in pattern: ArraySlice<UInt8>, taking byte: UInt8
  ) -> Int? {
    guard place < pattern.endIndex else { return nil }
    switch pattern[place] {
    case UInt8(ascii: "?"): return place + 1
    case UInt8(ascii: "["):
      guard let end = pattern[(place + 1)...].dropFirst().firstIndex(of: UInt8(ascii: "]")) else {
        return byte == pattern[place] ? place + 1 : nil
      }
      return holds(pattern[(place + 1)..<end], byte) ? end + 1 : nil
    case UInt8(ascii: "\\") where place + 1 < pattern.endIndex:
      return byte == pattern[place + 1] ? place + 2 : nil
    default: return byte == pattern[place] ? place + 1 : nil
    }
  }

  private static func holds(_ set: ArraySlice<UInt8>, _ byte: UInt8) -> Bool {
    let isReversed = set.first == UInt8(ascii: "!") || set.first == UInt8(ascii: "^")
    var rest = isReversed ? set.dropFirst() : set
    var isHeld = false
    while let low = rest.popFirst() {
      var high = low
      if rest.count > 1, rest.first == UInt8(ascii: "-") {
        rest = rest.dropFirst()
        high = rest.removeFirst()
      }
      isHeld = isHeld || (low <= high && (low...high).contains(byte))
    }
    return isHeld != isReversed
  }
}

let slash = UInt8(ascii: "/")

extension [UInt8] {
  /// The path of a name in a folder; an empty folder is that of the process.
  func joined(to name: ArraySlice<UInt8>) -> [UInt8] {
    if isEmpty { return [UInt8](name) }
    return last == slash ? self + name : self + [slash] + name
  }

  /// The folder of a path, with its slash; empty where the path has none.
  var folder: [UInt8] { lastIndex(of: slash).map { [UInt8](self[...$0]) } ?? [] }
}
