// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
import IPVSNames
import IPVSRules
import IPVSText

/// How listings write an address with its port: as numbers, or as names where there are any.
struct EndpointText {
  /// The most bytes that 1.31 has room for; it cuts what is longer.
  static let longest = 59

  /// The source of names; nil for numbers.
  let names: (any NameService)?

  /// `names == nil`, which is costly to ask for each address of a million connections.
  let isNumeric: Bool

  init(names: (any NameService)?) {
    self.names = names
    isNumeric = names == nil
  }

  /// Appends `endpoint`, without cutting it. `transport` is nil where ports have no names, as in
  /// services of firewall marks.
  func append(
    _ endpoint: Endpoint, over transport: TransportProtocol?, to output: inout TextBuffer
  ) {
    guard !isNumeric, let names else { return output.append(endpoint) }
    let isBracketed = endpoint.address.family == .ipv6
    if isBracketed { output.append(byte: UInt8(ascii: "[")) }
    append(endpoint.address, to: &output)
    if isBracketed { output.append(byte: UInt8(ascii: "]")) }
    output.append(byte: UInt8(ascii: ":"))
    if let transport, let service = names.service(at: endpoint.port, over: transport) {
      output.append(service)
    } else {
      output.append(endpoint.port)
    }
  }

  /// Appends an address without a port.
  func append(_ address: IPAddress, to output: inout TextBuffer) {
    if let name = names?.host(at: address) {
      output.append(name)
    } else {
      output.append(address)
    }
  }

  /// Writes `endpoint`, cut to 59 bytes, over the bytes of `line` from `start`, and returns the
  /// offset after the last. Needs 59 bytes, and leaves blanks in those after the text.
  @inline(__always)
  func write(
    _ endpoint: Endpoint, over transport: TransportProtocol?, to line: inout MutableRawSpan,
    at start: Int
  ) -> Int {
    guard !isNumeric else { return line.write(endpoint, at: start) }
    var text = TextBuffer()
    appendCut(endpoint, over: transport, to: &text)
    return line.write(text.bytes.span, at: start)
  }

  /// Appends `endpoint`, cut to 59 bytes.
  func appendCut(
    _ endpoint: Endpoint, over transport: TransportProtocol?, to output: inout TextBuffer
  ) {
    let start = output.count
    append(endpoint, over: transport, to: &output)
    output.cut(from: start, to: Self.longest)
  }

  /// Appends `endpoint` so that it can be read back: as numbers where names are too long to be
  /// printed whole.
  func appendWhole(
    _ endpoint: Endpoint, over transport: TransportProtocol?, to output: inout TextBuffer
  ) {
    let start = output.count
    append(endpoint, over: transport, to: &output)
    if output.count - start > Self.longest {
      output.truncate(to: start)
      output.append(endpoint)
    }
  }
}

extension ServiceIdentity {
  /// The protocol whose names the ports of the service and of its real servers have; nil for
  /// firewall marks.
  var namedTransport: TransportProtocol? {
    switch self {
    case .endpoint(let transport, _): transport
    case .mark: nil
    }
  }
}
