// SPDX-License-Identifier: Apache-2.0

public import IPVSAddresses
public import IPVSRules
public import IPVSText

/// A command, complete and checked as far as its words alone allow.
public enum Command: Hashable, Sendable {
  case help
  case version
  case change(Change)
  case list(ListRequest)

  /// Change of a service or a server what a line names (`--keep-rest`).
  case edit(PartialEdit)

  /// Print the table as restore input.
  case save(SaveRequest)

  /// Run the lines of standard input; `strict`: the exit status is that of the first line that fails.
  case restore(strict: Bool)

  /// Tell the faults of rule files.
  case check(files: [ByteString])

  /// Show what a table lacks to be as a file says: the director's, or that of a first file.
  case diff(file: ByteString, from: ByteString?)

  /// Make the table as a file says.
  case apply(file: ByteString, Plan.Keeping, allowEmpty: Bool, TableChangeOptions)

  /// Go back to the table before the last change.
  case undo(TableChangeOptions)
  case drain(DrainRequest)
  case undrain(UndrainRequest)

  /// Print the table for programs that watch it.
  case metrics(MetricsRequest)

  /// Print each change of the table; `interval`: seconds between two looks.
  case monitor(interval: UInt32)

  /// Print the rules of another program's configuration.
  case importRules(ImportRequest)

  /// Say what becomes of packets that begin connections.
  case explain(ExplainRequest)

  /// Look for what keeps services from being served.
  case doctor(DoctorRequest)

  /// Print the script of a shell that completes lines; `line`, where there are words: what may stand in
  /// place of its last one.
  case completion(Shell, line: [ByteString])
}

/// A shell that completes lines.
public enum Shell: String, Hashable, Sendable, CaseIterable {
  case bash, zsh, fish
}

/// What `--save` is to print.
public struct SaveRequest: Hashable, Sendable {
  /// Addresses and ports as numbers, without look-ups (`--numeric`).
  public var numeric: Bool

  /// Everything that the table holds (`--full`).
  public var full: Bool

  public init(numeric: Bool = false, full: Bool = false) {
    self.numeric = numeric
    self.full = full
  }
}

/// How a change of the whole table is to be made.
public struct TableChangeOptions: Hashable, Sendable {
  /// Print the plan and change nothing.
  public var isDry = false

  /// How long to wait for a confirmation, in seconds; nil: none is asked for.
  public var confirmation: UInt32?

  /// How long to wait for another change to end, in seconds.
  public var lockWait: UInt32 = Self.defaultLockWait

  public static let defaultLockWait: UInt32 = 10

  public init() {}
}

/// The servers that are to be drained, and until when.
public struct DrainRequest: Hashable, Sendable {
  public var servers: ServerSelection

  /// How long to wait, in seconds; nil: without limit.
  public var patience: UInt32?

  /// Wait for inactive connections and persistence templates as well.
  public var allConnections = false

  /// Delete the servers when they are empty.
  public var deletes = false

  /// Drain a service's last usable server as well.
  public var force = false
  public var lockWait = TableChangeOptions.defaultLockWait

  public init(_ servers: ServerSelection) {
    self.servers = servers
  }
}

/// The servers that are to get connections again.
public struct UndrainRequest: Hashable, Sendable {
  public var servers: ServerSelection

  /// Nil: the weight from before.
  public var weight: Weight?
  public var lockWait = TableChangeOptions.defaultLockWait

  public init(_ servers: ServerSelection, weight: Weight? = nil) {
    self.servers = servers
    self.weight = weight
  }
}

/// What `--metrics` is to print, how, and where.
public struct MetricsRequest: Hashable, Sendable {
  /// How far down the table is counted.
  public enum Detail: String, Hashable, Sendable, CaseIterable {
    /// The table and each service.
    case service

    /// Each real server, too.
    case server
  }

  public var detail: Detail

  /// OpenMetrics 1.0 instead of Prometheus text 0.0.4.
  public var openMetrics: Bool

  /// The file that is replaced; nil for standard output.
  public var output: ByteString?

  public init(_ detail: Detail = .service, openMetrics: Bool = false, output: ByteString? = nil) {
    self.detail = detail
    self.openMetrics = openMetrics
    self.output = output
  }
}

/// The programs whose configurations `--import` reads.
public enum ImportFormat: String, Hashable, Sendable, CaseIterable {
  /// keepalived.conf(5), as keepalived 2.2.7 reads it.
  case keepalived

  /// ldirectord(8), as ldirectord 4.12 reads it.
  case ldirectord

  /// The YAML model of ipvsctl 0.3.3.
  case ipvsctl
}

/// What `--import` is to read, and how.
public struct ImportRequest: Hashable, Sendable {
  /// The path as typed; `-` is standard input.
  public var file: ByteString

  /// Nil: what the text looks like.
  public var format: ImportFormat?

  /// Tell what has no meaning for a table, too.
  public var isVerbose = false

  /// What the program corrects makes the exit status that of what it leaves out.
  public var isStrict = false

  /// Look up names of hosts.
  public var resolvesHosts = false

  /// Fill parameters from the environment.
  public var readsEnvironment = false

  /// What conditions of keepalived are compared with; nil: the name of the machine.
  public var configID: ByteString?

  /// The values of the parameters of ipvsctl, by name.
  public var parameters: [ByteString: ByteString] = [:]

  public init(_ file: ByteString, as format: ImportFormat? = nil) {
    self.file = file
    self.format = format
  }
}

/// The packets that are explained, and by which rules.
public struct ExplainRequest: Hashable, Sendable {
  /// The packet; nil: standard input has them, one on a line.
  public var packet: OpeningPacket?

  /// The firewall mark of the packets on standard input whose line has none; nil where it is not known.
  public var mark: UInt32?

  /// The file whose rules are asked; nil: the table is.
  public var rules: ByteString?

  public init(_ packet: OpeningPacket?, mark: UInt32? = nil, rules: ByteString? = nil) {
    self.packet = packet
    self.mark = mark
    self.rules = rules
  }
}

/// What is to be looked for, and where.
public struct DoctorRequest: Hashable, Sendable {
  /// The only service that is looked at; nil for all.
  public var service: ServiceIdentity?

  /// What is known of the real server that is looked at; nil where it is a director.
  public var realServer: RealServerRequest?

  /// One look instead of two.
  public var isQuick = false

  /// Warnings are errors.
  public var isStrict = false

  /// A datagram is sent to neighbours of which nothing is known.
  public var probes = false

  /// The file of rules that might be applied.
  public var rules: ByteString?

  /// Asks for everything about a director.
  public init() {}
}

/// What a real server is told of itself.
public struct RealServerRequest: Hashable, Sendable {
  /// The virtual addresses; empty for those of the loopback, dummies, and tunnels.
  public var virtualAddresses: [IPAddress] = []

  /// Where something must listen.
  public var port: UInt16?

  /// The kind of the tunnel by which packets come.
  public var tunnel: Tunnel.Kind?

  /// An address of the director.
  public var director: IPAddress?

  /// Says nothing of the server.
  public init() {}
}

/// A command, and the global options of its line.
public struct Invocation: Hashable, Sendable {
  public var command: Command
  public var options: GlobalOptions

  public init(_ command: Command, options: GlobalOptions = GlobalOptions()) {
    self.command = command
    self.options = options
  }
}
