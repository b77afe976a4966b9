// SPDX-License-Identifier: Apache-2.0

public import IPVSText

/// An address and a port.
public struct Endpoint: Hashable, Sendable {
  /// The address.
  public var address: IPAddress

  /// The port in host order. 0 means every port of a persistent service, and in a real server the port
  /// that the client asked for.
  public var port: UInt16

  /// Makes an endpoint of its parts.
  public init(_ address: IPAddress, port: UInt16) {
    self.address = address
    self.port = port
  }
}

extension Endpoint: Comparable {
  /// By address, then by port.
  public static func < (left: Endpoint, right: Endpoint) -> Bool {
    left.address == right.address ? left.port < right.port : left.address < right.address
  }
}

extension Endpoint {
  /// The bytes that must be free for the text of an endpoint of any family.
  public static let textRoom = 56

  /// The bytes that must be free for the text of an IPv4 endpoint.
  public static let ipv4TextRoom = 24
}

extension MutableRawSpan {
  /// Writes `10.0.0.1:80` or `[fd00::1]:80` over the bytes from `start`, and returns the offset after
  /// the last. Needs `Endpoint.textRoom` bytes.
  @inlinable
  public mutating func write(_ endpoint: Endpoint, at start: Int) -> Int {
    switch endpoint.address {
    case .v4(let address):
      return writeOctets(address.bits, colon: endpoint.port, at: start)
    case .v6(let address):
      var end = write(byte: UInt8(ascii: "["), at: start)
      end = write(address, at: end)
      end = write(byte: UInt8(ascii: "]"), at: end)
      end = write(byte: UInt8(ascii: ":"), at: end)
      return writeShort(endpoint.port, at: end)
    }
  }
}

extension TextBuffer {
  /// Appends `10.0.0.1:80` or `[fd00::1]:80`.
  public mutating func append(_ endpoint: Endpoint) {
    append(atMost: Endpoint.textRoom) { output in output.write(endpoint, at: 0) }
  }
}

extension Endpoint: LosslessStringConvertible {
  /// Reads an address in numbers and a decimal port: `202.103.106.5:80` or `[fd00::1]:80`.
  public init?(_ text: String) {
    guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
    let digits = text.utf8[text.utf8.index(after: colon)...]
    guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
      let port = UInt16(Substring(digits))
    else { return nil }
    var host = text.utf8[..<colon]
    let isBracketed = host.first == UInt8(ascii: "[") && host.last == UInt8(ascii: "]")
    if isBracketed { host = host.dropFirst().dropLast() }
    guard let address = IPAddress(ByteString(host)), (address.family == .ipv6) == isBracketed
    else { return nil }
    self.init(address, port: port)
  }

  /// `10.0.0.1:80` or `[fd00::1]:80`.
  public var description: String {
    var text = TextBuffer()
    text.append(self)
    return String(decoding: text.bytes, as: UTF8.self)
  }
}
