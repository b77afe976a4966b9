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

extension TextBuffer {
  /// Appends `10.0.0.1:80` or `[fd00::1]:80`.
  public mutating func append(_ endpoint: Endpoint) {
    switch endpoint.address {
    case .v4(let address):
      append(address)
    case .v6(let address):
      append(byte: UInt8(ascii: "["))
      append(address)
      append(byte: UInt8(ascii: "]"))
    }
    append(byte: UInt8(ascii: ":"))
    append(endpoint.port)
  }
}

extension Endpoint: CustomStringConvertible {
  public var description: String {
    var text = TextBuffer()
    text.append(self)
    return String(decoding: text.bytes, as: UTF8.self)
  }
}
