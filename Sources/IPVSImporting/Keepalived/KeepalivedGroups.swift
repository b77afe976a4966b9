// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSRules
import IPVSText

/// A `virtual_server_group`: addresses, ranges of them, and marks that are served alike.
struct KeepalivedGroup {
  enum Entry {
    /// All addresses from the first to the last.
    case addresses(IPAddress, count: Int, port: UInt16)

    /// Nil: of the family of the servers.
    case mark(UInt32, AddressFamily?)
  }

  var entries: [Entry] = []

  /// Reads the lines of a block.
  init(_ block: [KeepalivedStatement], _ result: inout Import) throws(ImportEnd) {
    for line in block {
      guard let entry = try Self.entry(line, &result) else { continue }
      entries.append(entry)
    }
  }

  private static func entry(
    _ line: KeepalivedStatement, _ result: inout Import
  ) throws(ImportEnd) -> Entry? {
    guard line.block == nil else {
      line.noteUnknown("a virtual server group", &result)
      return nil
    }
    guard line.keyword != "fwmark" else { return mark(line, &result) }
    guard let port = KeepalivedNumber.port(line[1], at: line.place, &result),
      let range = AddressRange(line.keyword)
    else {
      result.note(
        .error, line.place,
        "not an address or a range and a port in numbers: \(line.words.text); the line is left out")
      return nil
    }
    do throws(AddressRange.Fault) {
      let count = try range.count()
      if range.crossesOctet {
        result.note(
          .warning, line.place,
          "keepalived 2.2.7 makes other addresses of a range beyond a last number of 255; these are those "
            + "from \(range.first) to \(range.last)")
      }
      return .addresses(range.first, count: count, port: port)
    } catch {
      guard error != .tooMany else {
        throw result.end(
          line.place, "\(line.keyword) has more than \(Import.mostAddresses) addresses")
      }
      result.note(.error, line.place, "\(line.keyword): \(error.rawValue); the line is left out")
      return nil
    }
  }

  private static func mark(_ line: KeepalivedStatement, _ result: inout Import) -> Entry? {
    let families: [ByteString: AddressFamily] = ["inet": .ipv4, "inet6": .ipv6]
    let range = 1...Int(UInt32.max)
    guard let text = line[1], KeepalivedNumber(text, in: range) != nil,
      let mark = KeepalivedNumber.read(text, in: range, at: line.place, &result),
      line[2] == nil || families[line[2] ?? ""] != nil
    else {
      result.note(
        .error, line.place,
        "not a decimal mark, perhaps with inet or inet6: \(line.words.text); the line is left out")
      return nil
    }
    return .mark(UInt32(mark), line[2].flatMap { families[$0] })
  }

  /// How many services the group makes of a virtual server.
  var count: Int {
    entries.reduce(0) { if case .addresses(_, let count, _) = $1 { $0 + count } else { $0 + 1 } }
  }

  var hasAddresses: Bool {
    entries.contains { if case .addresses = $0 { true } else { false } }
  }

  /// Whether an entry is a mark whose family is not written.
  var hasMarkOfNoFamily: Bool {
    entries.contains { if case .mark(_, nil) = $0 { true } else { false } }
  }

  /// Whether an entry names all ports.
  var hasZeroPort: Bool {
    entries.contains { if case .addresses(_, _, 0) = $0 { true } else { false } }
  }

  /// The families that the entries name.
  var families: Set<AddressFamily> {
    Set(
      entries.compactMap {
        switch $0 {
        case .addresses(let first, _, _): first.family
        case .mark(_, let family): family
        }
      })
  }
}

/// `a.b.c.d-e`, `a.b.c.d-w.x.y.z`, `a.b.c.d/n`, one address, or the same of IPv6, where a last group alone is
/// hexadecimal.
struct AddressRange {
  let first: IPAddress
  let last: IPAddress

  /// What was wrong with the words, though they are addresses.
  private let fault: Fault?

  enum Fault: String, Error {
    case hostBits = "bits behind the prefix are set"
    case length = "the length of the prefix is not one of the family"
    case families = "the ends are of two families"
    case order = "the end is not behind the beginning"
    case tooMany = "more addresses than there may be"
  }

  init?(_ text: ByteString) {
    let bytes = text.bytes
    if let cut = bytes.firstIndex(of: slash) {
      guard let address = numericAddress(ByteString(bytes[..<cut])),
        let length = ByteString(bytes[(cut + 1)...]).number(in: 0...999)
      else { return nil }
      first = address
      (last, fault) = Self.network(address, length)
    } else if let cut = bytes.firstIndex(of: UInt8(ascii: "-")) {
      guard let address = numericAddress(ByteString(bytes[..<cut])),
        let end = Self.end(ByteString(bytes[(cut + 1)...]), from: address)
      else { return nil }
      first = address
      last = end
      fault =
        address.family != end.family
        ? .families
        : address < end || bytes.contains(cut, and: end)
          ? nil : .order
    } else {
      guard let address = numericAddress(text) else { return nil }
      first = address
      last = address
      fault = nil
    }
  }

  /// How many addresses there are.
  func count() throws(Fault) -> Int {
    if let fault { throw fault }
    guard last.number - first.number < UInt128(Import.mostAddresses) else {
      throw .tooMany
    }
    return Int(last.number - first.number) + 1
  }

  /// Whether more than the last number of an IPv4 address changes.
  var crossesOctet: Bool {
    first.family == .ipv4 && first.number >> 8 != last.number >> 8
  }

  /// The last address of a network.
  private static func network(_ address: IPAddress, _ length: Int) -> (IPAddress, Fault?) {
    guard length > 0, let prefix = AddressPrefix(address, length: length) else {
      return (address, .length)
    }
    let width = AddressPrefix.width(of: address.family)
    let hosts = length == width ? 0 : (UInt128(1) << UInt128(width - length)) - 1
    return (
      address.advanced(by: hosts) ?? address, prefix.address == address ? nil : .hostBits
    )
  }

  /// The end of a range: a whole address, or its last number or group.
  private static func end(_ text: ByteString, from first: IPAddress) -> IPAddress? {
    if text.bytes.contains(where: { ".:".utf8.contains($0) }) { return numericAddress(text) }
    switch first {
    case .v4(let address):
      return text.number(in: 0...255).map { .v4(IPv4Address(address.bits & ~0xff | UInt32($0))) }
    case .v6(let address):
      guard (1...4).contains(text.count), let group = UInt16(text.description, radix: 16) else {
        return nil
      }
      return .v6(IPv6Address(address.bits & ~0xffff | UInt128(group)))
    }
  }
}

extension [UInt8] {
  /// Whether a range ends with a whole address, which may be its first as well.
  fileprivate func contains(_ cut: Int, and end: IPAddress) -> Bool {
    self[(cut + 1)...].contains { ".:".utf8.contains($0) }
      && numericAddress(ByteString(self[..<cut])) == end
  }
}

extension IPAddress {
  /// The address that is `count` behind this one; nil where there is none.
  func advanced(by count: UInt128) -> IPAddress? {
    let (sum, overflows) = number.addingReportingOverflow(count)
    guard !overflows else { return nil }
    switch self {
    case .v4: return UInt32(exactly: sum).map { .v4(IPv4Address($0)) }
    case .v6: return .v6(IPv6Address(sum))
    }
  }
}
