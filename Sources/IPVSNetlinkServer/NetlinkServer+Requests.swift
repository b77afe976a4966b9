// SPDX-License-Identifier: Apache-2.0

internal import IPVSBalancing
internal import IPVSNetlinkFormat
internal import IPVSProtocol

/// A message's header and its range in the datagram.
struct IncomingMessage {
  let header: MessageHeader

  /// The message's bytes without the padding.
  let range: Range<Int>

  /// Reads the message at an offset. Fails if the rest of the datagram holds no whole message; the kernel
  /// then ignores the rest (net/netlink/af_netlink.c, `netlink_rcv_skb`).
  init?(_ datagram: RawSpan, at offset: Int) {
    guard let length = datagram.load(UInt32.self, at: offset),
      let type = datagram.load(UInt16.self, at: offset + 4),
      let flags = datagram.load(UInt16.self, at: offset + 6),
      let sequence = datagram.load(UInt32.self, at: offset + 8),
      let port = datagram.load(UInt32.self, at: offset + 12),
      length >= MessageHeader.length, Int(length) <= datagram.byteCount - offset
    else { return nil }
    header = MessageHeader(
      length: length, type: type, flags: MessageFlags(rawValue: flags), sequence: sequence,
      port: port)
    range = offset..<offset + Int(length)
  }

  /// The offset of the next message.
  var end: Int { (range.upperBound + 3) & ~3 }

  var asksForDump: Bool { header.flags.isSuperset(of: .dump) }
}

extension KernelError {
  /// EPERM
  static let forbidden = KernelError(errno: 1)

  /// EBUSY
  static let busy = KernelError(errno: 16)

  /// EOPNOTSUPP
  static let unsupported = KernelError(errno: 95)
}

extension NetlinkServer {
  /// The range of a message's attributes.
  static func attributes(_ message: RawSpan) -> Range<Int> {
    MessageHeader.length + GenericHeader.length..<message.byteCount
  }

  /// Carries out a request (net/netlink/genetlink.c, `genl_rcv_msg`).
  ///
  /// - Returns: Whether a dump began; dumps are not acknowledged.
  /// - Throws: The error to report to the client.
  mutating func carryOut(
    _ message: RawSpan, _ request: IncomingMessage, _ session: inout NetlinkSession
  ) throws(KernelError) -> Bool {
    let header = request.header
    // Ignore messages without NLM_F_REQUEST and control types below NLMSG_MIN_TYPE.
    guard header.flags.contains(.request), header.type >= ReservedType.firstFamily else {
      return false
    }
    guard let family = Family.all.first(where: { $0.number == header.type }) else {
      throw .absent
    }
    guard let command = message.load(UInt8.self, at: MessageHeader.length),
      message.byteCount >= MessageHeader.length + GenericHeader.length
    else { throw .invalid }
    guard let operation = family.operations.first(where: { $0.command == command }) else {
      throw .unsupported
    }
    let takesAdministrator = operation.has(ControllerFamily.Trait.takesAdministrator)
    guard session.isAdministrator || !takesAdministrator else { throw .forbidden }
    if request.asksForDump {
      guard operation.has(ControllerFamily.Trait.dumps) else { throw .unsupported }
      try beginDump(message, header, command, &session)
      return true
    }
    guard operation.has(ControllerFamily.Trait.answersOnce) else { throw .unsupported }
    if header.type == ControllerFamily.number {
      try answerLookUp(message, request, &session)
    } else if header.type == Family.engine.number {
      answer(EngineFamily.Command(rawValue: command), header, &session)
    } else if let command = IPVSFamily.Command(rawValue: command) {
      try carryOut(command, message, header, &session)
    }
    return false
  }
}
