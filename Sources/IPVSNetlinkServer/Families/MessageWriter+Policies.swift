internal import IPVSNetlinkFormat

extension MessageWriter {
  /// Writes one message about the policies of a family.
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

  /// Writes what an attribute must be like (net/netlink/policy.c,
  /// `__netlink_policy_dump_write_attr`). What is not in any description is passed over.
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
