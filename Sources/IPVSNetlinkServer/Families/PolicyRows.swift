// SPDX-License-Identifier: Apache-2.0

internal import IPVSBalancing
internal import IPVSNetlinkFormat

/// The rows of a policy dump (net/netlink/genetlink.c, `ctrl_dumppolicy`): first the policy of each
/// command, then each policy's rule for each attribute.
struct PolicyRows: Sendable {
  enum Row: Sendable {
    /// The policies of a command; nil where its attributes are not validated.
    case operation(UInt8, once: UInt32?, dump: UInt32?)

    case demand(policy: UInt16, attribute: UInt16, AttributeRule)
  }

  /// The family's number.
  let family: UInt16

  private(set) var all: [Row] = []

  /// - Parameter command: Limits the dump to one command.
  /// - Throws: ENOENT if there is no such command; ENODATA if it has no policy.
  init(_ family: Family, command: UInt32?) throws(KernelError) {
    self.family = family.number
    let operations = family.operations.filter { command == nil || UInt32($0.command) == command }
    guard !operations.isEmpty else { throw .absent }
    var policies: [[Family.Demand]] = []
    for operation in operations where !operation.policy.isEmpty {
      let numbers = operation.policy.map(\.number)
      let known = policies.firstIndex { $0.map(\.number) == numbers }
      if known == nil { policies.append(operation.policy) }
      add(operation, policy: UInt32(known ?? policies.count - 1))
    }
    guard !policies.isEmpty else { throw .noData }
    for (index, policy) in policies.enumerated() {
      for demand in policy {
        all.append(.demand(policy: UInt16(index), attribute: demand.number, demand.rule))
      }
    }
  }

  private mutating func add(_ operation: Family.Operation, policy: UInt32) {
    let answersOnce = operation.has(ControllerFamily.Trait.answersOnce)
    guard answersOnce || operation.checksDumps else { return }
    all.append(
      .operation(
        operation.command, once: answersOnce ? policy : nil,
        dump: operation.checksDumps ? policy : nil))
  }
}

extension KernelError {
  /// ENODATA
  static let noData = KernelError(errno: 61)
}

extension NetlinkServer {
  /// The policies of the family that a request names, by number or name.
  ///
  /// - Throws: EINVAL if no family is named or the request fails strict validation; ENOENT and ENODATA as
  ///   `PolicyRows.init`.
  static func policyRows(_ message: RawSpan) throws(KernelError) -> PolicyRows {
    typealias Key = ControllerFamily.Part
    try checkStrictly(message)
    let attributes = try Attributes<Key>(message, in: attributes(message))
    let number = attributes.number(.number, message, as: UInt16.self)
    let name = attributes.text(.name, message)
    guard number != nil || name != nil else { throw .invalid }
    // The number wins over the name.
    let family = Family.all.first { family in
      number.map { family.number == $0 } ?? (Array(family.name.utf8) == name)
    }
    guard let family else { throw .absent }
    return try PolicyRows(
      family, command: attributes.number(.operation, message, as: UInt32.self))
  }

  /// Validates strictly (lib/nlattr.c, `NL_VALIDATE_STRICT`): only known attributes of exact length, and
  /// nothing after the last one.
  ///
  /// - Throws: EINVAL.
  private static func checkStrictly(_ message: RawSpan) throws(KernelError) {
    typealias Key = ControllerFamily.Part
    var offset = attributes(message).lowerBound
    while offset < message.byteCount {
      guard let length = message.load(UInt16.self, at: offset).map(Int.init),
        let type = message.load(UInt16.self, at: offset + 2),
        length >= Attribute.headerLength, length <= message.byteCount - offset,
        let key = Key(rawValue: type & Attribute.numberMask)
      else { throw .invalid }
      let payload = message.extracting(offset + Attribute.headerLength..<offset + length)
      let isRight =
        switch key {
        case .number: payload.byteCount == 2
        case .operation: payload.byteCount == 4
        case .name: (try? key.rule.check(payload)) != nil
        default: false
        }
      guard isRight else { throw .invalid }
      offset += (length + 3) & ~3
    }
  }
}
