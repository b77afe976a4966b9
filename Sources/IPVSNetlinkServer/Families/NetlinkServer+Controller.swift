internal import IPVSBalancing
internal import IPVSNetlinkFormat

extension ControllerFamily.Part: CheckedAttribute {
  var rule: AttributeRule {
    switch self {
    case .number: .atLeast(2)
    case .name: .text(ControllerFamily.longestName)
    case .operation: .atLeast(4)
    case .version, .headerLength, .attributeCount, .commands, .groups, .policy, .operationPolicy:
      .atLeast(0)
    }
  }
}

extension NetlinkServer {
  /// Answers the look-up of a family (net/netlink/genetlink.c, `ctrl_getfamily`).
  ///
  /// - Throws: ENOENT: there is none. EINVAL: none is named.
  mutating func answerLookUp(
    _ message: RawSpan, _ request: IncomingMessage, _ session: inout NetlinkSession
  ) throws(KernelError) {
    let attributes = try Attributes<ControllerFamily.Part>(message, in: Self.attributes(message))
    let number = attributes.number(.number, message, as: UInt16.self)
    let name = attributes.text(.name, message)
    guard number != nil || name != nil else { throw .invalid }
    // Where both are given, the name counts.
    let found = Family.all.first { family in
      name.map { Array(family.name.utf8) == $0 } ?? (family.number == number)
    }
    guard let found else { throw .absent }
    reply(to: request.header, &session) { writer, header in
      writer.write(found, to: header, flags: [])
    }
  }
}

extension MessageWriter {
  /// Writes the description of a family (`ctrl_fill_info`).
  mutating func write(_ family: Family, to request: MessageHeader, flags: MessageFlags) {
    typealias Key = ControllerFamily.Part
    message(
      type: request.type, flags: flags, sequence: request.sequence, port: request.port,
      command: ControllerFamily.Command.newFamily.rawValue, version: ControllerFamily.version
    ) { writer in
      writer.attribute(Key.name.rawValue, text: Array(family.name.utf8))
      writer.attribute(Key.number.rawValue, number: family.number)
      writer.attribute(Key.version.rawValue, number: family.version)
      writer.attribute(Key.headerLength.rawValue, number: 0 as UInt32)
      writer.attribute(Key.attributeCount.rawValue, number: family.attributeCount)
      writer.nest(Key.commands.rawValue, isMarked: false) { writer in
        for (place, operation) in family.operations.enumerated() {
          writer.nest(UInt16(place + 1), isMarked: false) { writer in
            typealias Key = ControllerFamily.Operation
            writer.attribute(Key.command.rawValue, number: UInt32(operation.command))
            writer.attribute(Key.flags.rawValue, number: operation.traits)
          }
        }
      }
      guard !family.groups.isEmpty else { return }
      writer.nest(Key.groups.rawValue, isMarked: false) { writer in
        for (place, group) in family.groups.enumerated() {
          writer.nest(UInt16(place + 1), isMarked: false) { writer in
            typealias Key = ControllerFamily.Group
            writer.attribute(Key.number.rawValue, number: group.number)
            writer.attribute(Key.name.rawValue, text: Array(group.name.utf8))
          }
        }
      }
    }
  }
}
