// SPDX-License-Identifier: Apache-2.0

package import IPVSAddresses

/// What a condition of a firewall looks at: a field of a packet, or what the kernel knows of it.
///
/// The value of each is a number of `bits(of:)` bits, in the order in which it is in the packet;
/// the name of an interface is the number of its 16 bytes.
package enum PacketField: UInt8, CaseIterable, Sendable {
  /// `NFPROTO_*`: 2 for IPv4, 10 for IPv6.
  case family

  /// The type of an Ethernet frame: 0x0800 for IPv4, 0x86dd for IPv6.
  case etherType

  /// The number of the transport protocol.
  case transport

  /// The address that the packet comes from.
  case source

  /// The address that it goes to.
  case destination

  /// The port that it comes from, in TCP, UDP, SCTP, and their like.
  case sourcePort

  /// The port that it goes to.
  case destinationPort

  /// The eight flags of TCP, from FIN (1) to CWR (0x80).
  case tcpFlags

  /// Flags and offset of an IPv4 fragment.
  case fragment

  /// The name of the link that it came in by.
  case inputName

  /// The name of the link that it leaves by.
  case outputName

  /// The index of the link that it came in by.
  case inputIndex

  /// The index of the link that it leaves by.
  case outputIndex

  /// The mark of the packet.
  case mark

  /// One bit of `ConnectionState`.
  case connectionState

  /// The mark of the connection.
  case connectionMark

  /// `PACKET_*`: 0 for this host, 1 for broadcast, 2 for multicast.
  case packetType

  /// How many bits the field has in packets of a family.
  package func bits(of family: AddressFamily) -> Int {
    switch self {
    case .family, .transport, .tcpFlags, .packetType: 8
    case .etherType, .sourcePort, .destinationPort, .fragment: 16
    case .source, .destination: family == .ipv4 ? 32 : 128
    case .inputName, .outputName: 128
    case .inputIndex, .outputIndex, .mark, .connectionState, .connectionMark: 32
    }
  }
}

/// The states in which connection tracking finds a packet, a bit each, as rules of nftables name
/// them (`NF_CT_STATE_BIT`).
package enum ConnectionState {
  /// It belongs to no connection, and begins none.
  package static let invalid: UInt128 = 1

  /// Its connection has seen packets in both directions.
  package static let established: UInt128 = 2

  /// It begins a connection that another one has announced, or is an error about one.
  package static let related: UInt128 = 4

  /// It begins a connection.
  package static let new: UInt128 = 8

  /// It is exempt from tracking.
  package static let untracked: UInt128 = 64

  /// All that a packet can have.
  package static let all = [invalid, established, related, new, untracked]
}

/// A part of a field, or what arithmetic makes of it: `(field >> shift) & mask ^ flip`.
package struct Operand: Hashable, Sendable {
  /// Nil for what this model does not hold.
  package var field: PacketField?

  /// How many of the lowest bits are left out.
  package var shift: Int

  /// How many bits the part has.
  package var bits: Int

  /// The bits that are kept.
  package var mask: UInt128

  /// The bits that are then inverted.
  package var flip: UInt128

  /// A part of a field.
  package init(_ field: PacketField?, shift: Int = 0, bits: Int) {
    (self.field, self.shift, self.bits) = (field, shift, bits)
    mask = IntervalSet.ones(bits)
    flip = 0
  }

  /// What the operand is where the field has a value.
  package func value(of number: UInt128) -> UInt128 {
    ((number >> UInt128(shift)) & IntervalSet.ones(bits) & mask) ^ flip
  }

  /// This operand with a mask and inverted bits after its own.
  package func masked(_ mask: UInt128, flipping flip: UInt128 = 0) -> Operand {
    var masked = self
    masked.mask &= mask
    masked.flip = (self.flip & mask) ^ flip
    return masked
  }
}

/// Sets of values for one or several operands.
package enum ValueTable: Hashable, Sendable {
  /// Values of one operand.
  case column(IntervalSet)

  /// Rows of intervals, one for each of several operands.
  case rows([[ClosedRange<UInt128>]])
}

/// A condition of a rule.
package enum Condition: Hashable, Sendable {
  /// The operands are in a table, or if `isInverted`, are not.
  case member([Operand], of: ValueTable, isInverted: Bool)

  /// What this model does not hold: true of some packets, for all that is known. The text names its
  /// kind, such as `limit`.
  case unknown(String)
}

/// How a rule ends.
package enum FirewallVerdict: Hashable, Sendable {
  /// On with the next base chain of the hook, and then past it.
  case accept

  /// Not any further.
  case drop

  /// To the next chain of this number, and back after it.
  case jump(Int)

  /// To the chain of this number, and back to where this chain was jumped to from.
  case goTo(Int)

  /// Back to where this chain was jumped to from; at the end of a base chain, its policy.
  case `return`

  /// On to the next rule.
  case next
}

/// A step of a rule; the steps are taken in their order until a condition does not hold.
package enum RuleStep: Hashable, Sendable {
  /// The rule goes on where this holds.
  case condition(Condition)

  /// Sets the mark of the packet.
  case mark(MarkValue)

  /// Exempts the packet from connection tracking (`notrack`).
  case untrack

  /// Changes fields of the packet to values that are not known.
  case overwrite([PacketField])

  /// Gives the packet another source address, and accepts it (`snat`, `masquerade`).
  case translateSource

  /// Gives the packet another destination, and accepts it (`dnat`, `redirect`).
  case translateDestination

  /// Ends the rule.
  case verdict(FirewallVerdict)

  /// Ends the rule with the verdict of the row in which the operands are; goes on if they are in
  /// none.
  case verdicts([Operand], [VerdictRow])

  /// Ends the rule in a way that this model does not hold. The text names its kind, such as
  /// `queue`.
  case unknown(String)
}

/// A row of a verdict map.
package struct VerdictRow: Hashable, Sendable {
  /// An interval for each operand.
  package var key: [ClosedRange<UInt128>]

  /// How the rule ends for this key.
  package var verdict: FirewallVerdict
}

/// What a rule sets a mark to.
package enum MarkValue: Hashable, Sendable {
  /// Made of a field, such as of the mark before.
  case operand(Operand)

  /// One of these.
  case oneOf(IntervalSet)

  /// Any, for all that is known. The text names the kind of its origin.
  case unknown(String)
}

/// A rule of a chain.
package struct FirewallRule: Hashable, Sendable {
  /// Its conditions, and what it does, in their order.
  package var steps: [RuleStep]

  /// Its place in the chain, from 1.
  package var number: Int

  /// The number by which nft(8) names it; nil for a rule of iptables.
  package var handle: UInt64?

  /// Makes a rule of its parts.
  package init(_ steps: [RuleStep], number: Int, handle: UInt64? = nil) {
    (self.steps, self.number, self.handle) = (steps, number, handle)
  }
}

/// The hooks of a packet's way, by their number (`NF_INET_*`).
package enum FirewallHook: UInt32, CaseIterable, Sendable {
  case prerouting
  case input
  case forward
  case output
  case postrouting
}

/// Where a chain is called by the kernel itself.
package struct ChainBase: Hashable, Sendable {
  /// At which hook.
  package var hook: FirewallHook

  /// Chains of a hook are called from the lowest to the highest.
  package var priority: Int32

  /// What is done with packets at the end of the chain.
  package var policy: FirewallVerdict

  /// Whether the chain sees the first packet of a connection only, and none that is not tracked.
  package var translates: Bool

  /// Makes a place of its parts.
  package init(
    _ hook: FirewallHook, priority: Int32 = 0, policy: FirewallVerdict = .accept,
    translates: Bool = false
  ) {
    (self.hook, self.priority) = (hook, priority)
    (self.policy, self.translates) = (policy, translates)
  }
}

/// Whose rules they are.
package enum FirewallBackend: Hashable, Sendable {
  /// A table of nftables, by its family: `ip`, `ip6`, or `inet`.
  case nftables(String)

  /// A legacy table of iptables(8) or ip6tables(8).
  case legacy(AddressFamily)
}

/// A chain of rules.
package struct FirewallChain: Hashable, Sendable {
  /// Whose chain it is.
  package var backend: FirewallBackend

  /// The name of its table.
  package var table: String

  /// Its name in the table.
  package var name: String

  /// Nil for a chain to which rules jump.
  package var base: ChainBase?

  /// The rules in their order.
  package var rules: [FirewallRule]

  /// Makes a chain of its parts.
  package init(
    _ backend: FirewallBackend, table: String, name: String, base: ChainBase? = nil,
    rules: [FirewallRule] = []
  ) {
    (self.backend, self.table, self.name) = (backend, table, name)
    (self.base, self.rules) = (base, rules)
  }
}

extension FirewallChain: CustomStringConvertible {
  /// `chain input of the nft table inet filter`, or `chain INPUT of the iptables table filter`.
  package var description: String {
    switch backend {
    case .nftables(let family): "chain \(name) of the nft table \(family) \(table)"
    case .legacy(.ipv4): "chain \(name) of the iptables table \(table)"
    case .legacy(.ipv6): "chain \(name) of the ip6tables table \(table)"
    }
  }
}

/// All rules that packets of one family meet in a network namespace, of nftables and of the legacy
/// tables.
package struct Firewall: Sendable {
  /// The family of the packets.
  package var family: AddressFamily

  /// Verdicts name chains by their index.
  package var chains: [FirewallChain]

  /// Makes a firewall of its parts.
  package init(_ family: AddressFamily, chains: [FirewallChain] = []) {
    (self.family, self.chains) = (family, chains)
  }

  /// Appends chains whose verdicts count from 0.
  package mutating func append(_ added: [FirewallChain]) {
    let first = chains.count
    for var chain in added {
      for rule in chain.rules.indices {
        for step in chain.rules[rule].steps.indices {
          chain.rules[rule].steps[step].shiftChains(by: first)
        }
      }
      chains.append(chain)
    }
  }

  /// The base chains of a hook in the order in which packets meet them.
  package func chains(at hook: FirewallHook) -> [Int] {
    chains.indices.filter { chains[$0].base?.hook == hook }.sorted { left, right in
      let (first, second) = (chains[left].base?.priority ?? 0, chains[right].base?.priority ?? 0)
      return first == second ? left < right : first < second
    }
  }
}

extension RuleStep {
  /// Adds to the number of each chain that the step names.
  fileprivate mutating func shiftChains(by first: Int) {
    switch self {
    case .verdict(let verdict): self = .verdict(verdict.shifted(by: first))
    case .verdicts(let operands, let rows):
      self = .verdicts(
        operands, rows.map { VerdictRow(key: $0.key, verdict: $0.verdict.shifted(by: first)) })
    default: break
    }
  }
}

extension FirewallVerdict {
  fileprivate func shifted(by first: Int) -> FirewallVerdict {
    switch self {
    case .jump(let chain): .jump(chain + first)
    case .goTo(let chain): .goTo(chain + first)
    default: self
    }
  }
}
