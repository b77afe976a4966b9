// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSAddresses
internal import IPVSNetlinkFormat
internal import IPVSText

/// A rule of policy routing (ip-rule(8)), as far as rules of ours go.
struct RoutingRule: Hashable {
  enum Action: Hashable {
    /// Look a table up, and go on with the next rule if it has no route.
    case lookUp(table: UInt32)

    /// Go on with the first rule of a priority; with the next rule if there is none.
    case jump(to: UInt32)

    case nothing
  }

  /// What is compared of a packet's ports. No range holds port 0 or 65535.
  typealias Ports = ClosedRange<UInt16>

  var priority: UInt32

  /// Who made the rule (`RTPROT_*`). The kernel finds a rule to delete by what the request names; the
  /// maker tells rules apart that differ in what the request leaves open.
  var maker: UInt8
  var action: Action

  /// The device that packets come from; nil for any.
  var device: ByteString?

  /// The whole source address; nil for any.
  var source: IPAddress?

  /// The number of the protocol; 0 for any.
  var transport: UInt8 = 0
  var sourcePorts: Ports?
  var destinationPorts: Ports?

  /// The firewall mark; 0 for any.
  var mark: UInt32 = 0

  /// The message about a rule that another program made, which makes it again; nil for other rules.
  private(set) var original: [UInt8]?

  /// The rule selects packets by something that no rule of ours does, or suppresses some results.
  private(set) var hasMore = false

  init(_ priority: UInt32, _ maker: UInt8, _ action: Action) {
    (self.priority, self.maker, self.action) = (priority, maker, action)
  }

  /// Whether the rule looks up the table of local addresses, whatever the packet.
  var isLocalLookup: Bool {
    self == RoutingRule(priority, maker, .lookUp(table: RoutingTable.local))
  }
}

/// Numbers of routing tables (`RT_TABLE_*`).
enum RoutingTable {
  /// What `struct rtmsg` and `struct fib_rule_hdr` say of tables whose numbers are in an attribute.
  static let inAttribute: UInt8 = 252
  static let local: UInt32 = 255
}

// MARK: - Messages

extension RoutingRule {
  /// `struct fib_rule_hdr`.
  private static let headerLength = 12
  private static let flagsOffset = 8
  private static let invertedFlag: UInt32 = 0x2

  /// Numbers of attributes (`FRA_*`).
  private enum Number {
    static let source: UInt16 = 2
    static let device: UInt16 = 3
    static let target: UInt16 = 4
    static let priority: UInt16 = 6
    static let mark: UInt16 = 10
    static let suppressedPrefix: UInt16 = 14
    static let table: UInt16 = 15
    static let mask: UInt16 = 16
    static let maker: UInt16 = 21
    static let transport: UInt16 = 22
    static let sourcePorts: UInt16 = 23
    static let destinationPorts: UInt16 = 24
    static let sourcePortMask: UInt16 = 28
    static let destinationPortMask: UInt16 = 29

    /// Destination, realms, tunnel, suppressed group, outgoing device, l3mdev, users, DSCP and its mask,
    /// flow label and its mask.
    static let others: Set<UInt16> = [1, 11, 12, 13, 17, 19, 20, 25, 26, 27, 30]
  }

  private enum ActionNumber {
    static let lookUp: UInt8 = 1
    static let jump: UInt8 = 2
    static let nothing: UInt8 = 3
  }

  /// The body of a message that adds or deletes the rule.
  func message(_ family: AddressFamily) -> [UInt8] {
    if let original { return original }
    var attributes = MessageWriter()
    var (table, actionNumber) = (UInt8(0), ActionNumber.nothing)
    switch action {
    case .lookUp(let number):
      (table, actionNumber) = (RoutingTable.inAttribute, ActionNumber.lookUp)
      attributes.attribute(Number.table, number: number)
    case .jump(let target):
      actionNumber = ActionNumber.jump
      attributes.attribute(Number.target, number: target)
    case .nothing: break
    }
    attributes.attribute(Number.priority, number: priority)
    attributes.attribute(Number.maker, number: maker)
    if let device { attributes.attribute(Number.device, text: device.bytes) }
    if let source { attributes.attribute(Number.source, bytes: source.octets) }
    if transport != 0 { attributes.attribute(Number.transport, number: transport) }
    if let sourcePorts { attributes.attribute(Number.sourcePorts, sourcePorts) }
    if let destinationPorts { attributes.attribute(Number.destinationPorts, destinationPorts) }
    if mark != 0 { attributes.attribute(Number.mark, number: mark) }
    let sourceLength = source.map { UInt8($0.octets.count * 8) } ?? 0
    let header = [family.number, 0, sourceLength, 0, table, 0, 0, actionNumber, 0, 0, 0, 0]
    return header + attributes.bytes
  }

  /// Reads the body of a message about a rule; nil if it is not one.
  static func read(_ body: RawSpan) -> RoutingRule? {
    guard let sourceLength = body.load(UInt8.self, at: 2),
      let destinationLength = body.load(UInt8.self, at: 1),
      let serviceType = body.load(UInt8.self, at: 3),
      let actionNumber = body.load(UInt8.self, at: 7),
      let flags = body.load(UInt32.self, at: flagsOffset)
    else { return nil }
    var rule = RoutingRule(0, 0, .nothing)
    rule.hasMore =
      destinationLength != 0 || serviceType != 0 || flags & invertedFlag != 0
      || ![ActionNumber.lookUp, ActionNumber.jump, ActionNumber.nothing].contains(actionNumber)
    do throws(NetlinkFormatError) {
      try Attribute.forEach(in: body, skipping: headerLength) {
        number, payload throws(NetlinkFormatError) in
        try rule.take(number, payload, actionNumber)
      }
    } catch { return nil }
    if sourceLength != UInt8((rule.source?.octets.count ?? 0) * 8) { rule.hasMore = true }
    return rule
  }

  /// The rule, of another program, as it is to be made again.
  ///
  /// - Parameter message: The body of the kernel's message about it. Of the flags, only the inversion is
  ///   a choice; the others tell what the kernel found.
  func kept(as message: RawSpan) -> RoutingRule {
    var rule = self
    var original = message.octets
    let flags = (message.load(UInt32.self, at: Self.flagsOffset) ?? 0) & Self.invertedFlag
    withUnsafeBytes(of: flags) {
      original.replaceSubrange(Self.flagsOffset..<Self.headerLength, with: $0)
    }
    rule.original = original
    return rule
  }

  private mutating func take(
    _ number: UInt16, _ payload: RawSpan, _ actionNumber: UInt8
  ) throws(NetlinkFormatError) {
    switch number {
    case Number.source: source = IPAddress(octets: payload.octets)
    case Number.device: device = ByteString(payload.text())
    case Number.target:
      if actionNumber == ActionNumber.jump {
        action = .jump(to: try payload.number(UInt32.self, of: number))
      }
    case Number.priority: priority = try payload.number(UInt32.self, of: number)
    case Number.mark: mark = try payload.number(UInt32.self, of: number)
    case Number.table:
      if actionNumber == ActionNumber.lookUp {
        action = .lookUp(table: try payload.number(UInt32.self, of: number))
      }
    case Number.maker: maker = try payload.number(UInt8.self, of: number)
    case Number.transport: transport = try payload.number(UInt8.self, of: number)
    case Number.sourcePorts: sourcePorts = try payload.ports(number)
    case Number.destinationPorts: destinationPorts = try payload.ports(number)
    case Number.mask, Number.suppressedPrefix:
      if try payload.number(UInt32.self, of: number) != .max { hasMore = true }
    case Number.sourcePortMask, Number.destinationPortMask:
      if try payload.number(UInt16.self, of: number) != .max { hasMore = true }
    case _ where Number.others.contains(number): hasMore = true
    // What newer kernels say of every rule.
    default: break
    }
  }
}

extension RawSpan {
  /// `struct fib_rule_port_range`.
  fileprivate func ports(_ attribute: UInt16) throws(NetlinkFormatError) -> RoutingRule.Ports? {
    let first = try number(UInt16.self, of: attribute)
    guard let last = load(UInt16.self, at: 2), last >= first else { return nil }
    return first...last
  }
}

extension MessageWriter {
  fileprivate mutating func attribute(_ type: UInt16, _ ports: RoutingRule.Ports) {
    let numbers = [ports.lowerBound, ports.upperBound]
    attribute(type, bytes: numbers.withUnsafeBytes { Array($0) })
  }
}

extension AddressFamily {
  /// The number of the family (`AF_*`), one byte in headers of rtnetlink.
  var number: UInt8 { UInt8(self == .ipv4 ? AF_INET : AF_INET6) }
}

extension RawSpan {
  var octets: [UInt8] { withUnsafeBytes { Array($0) } }
}
