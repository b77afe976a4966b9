// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses
public import IPVSRules

/// What becomes of a packet that begins a connection, and why.
public struct PacketExplanation: Hashable, Sendable {
  /// The packet.
  public var packet: OpeningPacket

  /// What was decided, in the order in which the packet meets it. The last one ends it.
  public var steps: [Step] = []

  /// The service that takes the packet; nil where none does.
  public var service: ServiceIdentity?

  /// Who gets the packet.
  public var answer = Answer(.none)

  /// Who gets it if it has no firewall mark; nil where `answer` does not depend on that.
  public var unmarked: Answer?

  /// What else a person should know.
  public var remarks: [String] = []

  /// An explanation without steps.
  public init(_ packet: OpeningPacket) {
    self.packet = packet
  }
}

/// How sure an answer is.
public enum Certainty: String, Hashable, Sendable, CaseIterable {
  /// Whatever connections come and go meanwhile, as long as the table stays.
  case certain

  /// As the counts of connections stand.
  case now

  /// On what cannot be read.
  case depends

  /// No server gets the packet.
  case none
}

/// Who gets a packet.
public struct Answer: Hashable, Sendable {
  /// How sure it is.
  public var certainty: Certainty

  /// The servers that may get it: one where the answer is certain, or so for now; none where no server
  /// gets it.
  public var candidates: [Candidate]

  /// What the answer depends on, or what becomes of a packet that no server gets.
  public var reason: String

  /// Whether it may be that no server gets it.
  public var mayBeNone: Bool

  /// An answer of these values.
  public init(
    _ certainty: Certainty, _ candidates: [Candidate] = [], reason: String = "",
    mayBeNone: Bool = false
  ) {
    self.certainty = certainty
    self.candidates = candidates
    self.reason = reason
    self.mayBeNone = mayBeNone
  }

  /// The server that gets the packet; nil where several may, and where none does.
  public var server: Candidate? {
    certainty == .certain || certainty == .now ? candidates.first : nil
  }
}

/// A server that may get a packet.
public struct Candidate: Hashable, Sendable {
  /// The server's address, and the port that the packet gets there; 0 where that is the packet's own, which
  /// is not given.
  public var endpoint: Endpoint

  /// How packets reach it.
  public var forwarding: ForwardingMethod

  /// Its weight.
  public var weight: Weight

  /// Which part of such packets it gets; nil where that is not known.
  public var share: Fraction?

  /// A server of these values.
  public init(
    _ endpoint: Endpoint, forwarding: ForwardingMethod, weight: Weight, share: Fraction? = nil
  ) {
    self.endpoint = endpoint
    self.forwarding = forwarding
    self.weight = weight
    self.share = share
  }
}

/// A part of a whole, exactly.
public struct Fraction: Hashable, Sendable {
  /// The part, 0...`whole`.
  public var part: Int

  /// The whole, above 0.
  public var whole: Int

  /// What is counted: the slots of a table, ports, or weights.
  public var unit: Unit

  /// What parts are counted in.
  public enum Unit: String, Hashable, Sendable {
    /// Slots of the table of a scheduler.
    case slots

    /// Ports of a client.
    case ports

    /// Turns.
    case turns
  }

  /// A part of a whole.
  public init(_ part: Int, of whole: Int, _ unit: Unit) {
    self.part = part
    self.whole = whole
    self.unit = unit
  }
}

/// A decision on a packet's way.
public struct Step: Hashable, Sendable {
  /// What a decision is about.
  public enum Name: String, Hashable, Sendable, CaseIterable {
    /// Whether the packet's destination is the director.
    case route

    /// Whether clients' packets are balanced, or left to the stack.
    case director

    /// Whether the packet belongs to a connection.
    case connection

    /// Which service takes it.
    case service

    /// Whether the client is bound to a server.
    case template

    /// Which server the scheduler chooses.
    case scheduler
  }

  /// How a decision came out.
  public enum Result: String, Hashable, Sendable, CaseIterable {
    case found
    case notFound = "not found"

    /// It was not asked for, since something is not given.
    case skipped
  }

  /// What it is about.
  public var name: Name

  /// How it came out.
  public var result: Result

  /// What was found, and why.
  public var reason: String

  /// A decision of these values.
  public init(_ name: Name, _ result: Result, _ reason: String) {
    self.name = name
    self.result = result
    self.reason = reason
  }
}
