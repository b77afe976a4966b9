public import IPVSText

/// An address and a port.
public struct Endpoint: Hashable, Sendable {
  public var address: IPAddress

  /// The port in host order. 0 stands for every port of a persistent service, and in a real server
  /// for the port that the client asked for.
  public var port: UInt16

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
  /// The bytes that writing an endpoint of any family needs: no fewer than its text may have.
  public static let textRoom = 56

  /// The same for IPv4 alone.
  public static let ipv4TextRoom = 24
}

extension MutableRawSpan {
  /// Writes `10.0.0.1:80` or `[fd00::1]:80` over the bytes from `start`, and returns the position
  /// behind the last. Needs `Endpoint.textRoom` bytes.
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

extension Endpoint: CustomStringConvertible {
  public var description: String {
    var text = TextBuffer()
    text.append(self)
    return String(decoding: text.bytes, as: UTF8.self)
  }
}
