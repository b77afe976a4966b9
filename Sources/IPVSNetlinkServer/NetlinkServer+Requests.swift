internal import IPVSBalancing
internal import IPVSNetlinkFormat

extension KernelError {
  /// EPERM
  static let forbidden = KernelError(errno: 1)

  /// EBUSY
  static let busy = KernelError(errno: 16)

  /// EOPNOTSUPP
  static let unsupported = KernelError(errno: 95)
}

extension NetlinkServer {
  /// Where the attributes of a message are.
  static func attributes(_ message: RawSpan) -> Range<Int> {
    MessageHeader.length + GenericHeader.length..<message.byteCount
  }

  /// Does what a request asks for (net/netlink/genetlink.c, `genl_rcv_msg`).
  ///
  /// - Returns: whether a dump began, which is not acknowledged.
  mutating func carryOut(
    _ message: RawSpan, _ request: IncomingMessage, _ session: inout NetlinkSession
  ) throws(KernelError) -> Bool {
    let header = request.header
    // What is no request, or of no family, is heard and not understood.
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
    } else if let command = IPVSFamily.Command(rawValue: command) {
      try carryOut(command, message, header, &session)
    }
    return false
  }
}
