// SPDX-License-Identifier: Apache-2.0

import IPVSAddresses
public import IPVSNames
public import IPVSRules
import IPVSText

// The packet behind `--explain`: a protocol, the client, and the destination.

extension LineReader {
  /// Takes the packet; none where it is on standard input.
  mutating func takePacket() throws(GrammarError) {
    guard let value = line.files.first else { throw .words(.missingPacket(words: 0)) }
    let text = words.bytes.span.extracting(value.range)
    if text.equals("-") {
      guard line.files.count > 1 else { return }
      throw .words(.leftover(scanner.text(line.files[1])))
    }
    guard let transport = Self.transport(text) else {
      throw .values(.packetProtocol(scanner.text(value)))
    }
    guard line.files.count == 3 else { throw .words(.missingPacket(words: line.files.count)) }
    let (client, clientPort) = try packetEnd(line.files[1], over: transport)
    let (destination, port) = try packetEnd(line.files[2], over: transport)
    guard client.family == destination.family else {
      throw .values(.packetFamilies(scanner.text(line.files[2]), client: client))
    }
    line.packet = OpeningPacket(
      transport, from: client, port: clientPort, to: destination, port: port,
      mark: line.given.contains(.mark) ? line[number: .mark] : nil)
  }

  /// The protocols of packets by their words.
  static func transport(_ text: Span<UInt8>) -> TransportProtocol? {
    if text.equals("tcp") { return .tcp }
    if text.equals("udp") { return .udp }
    return text.equals("sctp") ? .sctp : nil
  }

  private func packetEnd(
    _ value: ArgumentScanner.Value, over transport: TransportProtocol
  ) throws(GrammarError) -> (IPAddress, UInt16?) {
    let number: UInt16?
    let address: IPAddress
    do throws(AddressError) {
      let text = try EndpointText(words.bytes, in: value.range, names: names)
      address = text.address
      switch text.port {
      case .absent: number = nil
      case .number(let port): number = port
      case .name(let name): number = try port(name, over: transport)
      }
    } catch {
      throw .values(.packetEnd(scanner.text(value), error))
    }
    guard number != 0 else { throw .values(.packetPort(scanner.text(value))) }
    return (address, number)
  }
}

extension CommandParser {
  /// Reads a packet from a line of its own, which is what follows `--explain` on a command line.
  ///
  /// - Parameter mark: The firewall mark where the line has none.
  /// - Returns: The packet.
  /// - Throws: The fault of the line. Words in it are counted with `--explain` as the first.
  public static func packet(
    _ line: RestoreLine, names: any NameService, mark: UInt32?
  ) throws(GrammarError) -> OpeningPacket {
    let words = Words(["--explain"] + line.words.copies)
    var reader = LineReader(words, names: names, globals: nil)
    try reader.read()
    guard case .explain(let request) = try reader.line.command(words: words),
      var packet = request.packet, request.rules == nil
    else { throw .words(.noRestoreLine(Word(line.words[0], at: 1))) }
    packet.mark = packet.mark ?? mark
    return packet
  }
}
