// SPDX-License-Identifier: Apache-2.0

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
  /// - Throws: ENOENT if there is no such family; EINVAL if none is named.
  mutating func answerLookUp(
    _ message: RawSpan, _ request: IncomingMessage, _ session: inout NetlinkSession
  ) throws(KernelError) {
    let attributes = try Attributes<ControllerFamily.Part>(message, in: Self.attributes(message))
    let number = attributes.number(.number, message, as: UInt16.self)
    let name = attributes.text(.name, message)
    guard number != nil || name != nil else { throw .invalid }
    // The name wins over the number.
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
        for (index, operation) in family.operations.enumerated() {
          writer.nest(UInt16(index + 1), isMarked: false) { writer in
            typealias Key = ControllerFamily.Operation
            writer.attribute(Key.command.rawValue, number: UInt32(operation.command))
            writer.attribute(Key.flags.rawValue, number: operation.traits)
          }
        }
      }
      guard !family.groups.isEmpty else { return }
      writer.nest(Key.groups.rawValue, isMarked: false) { writer in
        for (index, group) in family.groups.enumerated() {
          writer.nest(UInt16(index + 1), isMarked: false) { writer in
            typealias Key = ControllerFamily.Group
            writer.attribute(Key.number.rawValue, number: group.number)
            writer.attribute(Key.name.rawValue, text: Array(group.name.utf8))
          }
        }
      }
    }
  }
}

extension MessageWriter {
  /// Writes one row of a policy dump.
  mutating func write(_ row: PolicyRows.Row, of family: UInt16, to request: MessageHeader) {
    typealias Key = ControllerFamily.Part
    message(
      type: request.type, flags: .multipart, sequence: request.sequence, port: request.port,
      command: ControllerFamily.Command.getPolicy.rawValue, version: ControllerFamily.version
    ) { writer in
      writer.attribute(Key.number.rawValue, number: family)
      switch row {
      case .operation(let command, let once, let dump):
        writer.nest(Key.operationPolicy.rawValue) { writer in
          writer.nest(UInt16(command)) { writer in
            typealias Key = ControllerFamily.OperationPolicy
            if let once { writer.attribute(Key.once.rawValue, number: once) }
            if let dump { writer.attribute(Key.dump.rawValue, number: dump) }
          }
        }
      case .demand(let policy, let attribute, let rule):
        writer.nest(Key.policy.rawValue) { writer in
          writer.nest(policy) { writer in
            writer.nest(attribute) { $0.write(rule) }
          }
        }
      }
    }
  }

  /// Writes the rule for an attribute (net/netlink/policy.c, `__netlink_policy_dump_write_attr`).
  private mutating func write(_ rule: AttributeRule) {
    typealias Key = ControllerFamily.Demand
    let type: ControllerFamily.ContentType
    switch rule {
    case .atLeast(2):
      type = .number16
      writeRange(upTo: UInt64(UInt16.max))
    case .atLeast(4):
      type = .number32
      writeRange(upTo: UInt64(UInt32.max))
    case .text(let longest):
      type = .text
      attribute(Key.longest.rawValue, number: UInt32(longest))
    case .nest: type = .nest
    case .atLeast, .atMost: return
    }
    attribute(Key.type.rawValue, number: type.rawValue)
  }

  private mutating func writeRange(upTo most: UInt64) {
    typealias Key = ControllerFamily.Demand
    attribute(Key.least.rawValue, aligned: 0 as UInt64, padding: Key.padding.rawValue)
    attribute(Key.most.rawValue, aligned: most, padding: Key.padding.rawValue)
  }
}
