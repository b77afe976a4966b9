// SPDX-License-Identifier: Apache-2.0

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
  public enum Detail: Hashable, Sendable {
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

/// What `--list` is to show, and how.
public struct ListRequest: Hashable, Sendable {
  /// Which of the listings.
  public enum Subject: Hashable, Sendable {
    case table(TableView)

    /// One service with its servers.
    case service(ServiceIdentity, TableView)

    /// The real servers by their machines.
    case hosts

    /// The connections; `persistence`: with the columns of persistence engines.
    case connections(persistence: Bool)

    /// The numbers of connections.
    case counts(by: ConnectionKey)
    case timeouts
    case daemons
  }

  public var subject: Subject

  /// Which services, servers, and connections. Empty where the subject is one service.
  public var filter = ListingFilter()

  /// Addresses and ports as numbers, without look-ups (`--numeric`).
  public var numeric: Bool

  /// All digits of a number instead of units (`--exact`).
  public var exact: Bool

  /// Services and servers in order (the default) or as the kernel has them (`--nosort`).
  public var sorted: Bool

  /// Again and again, with traffic and shares (`--watch`); nil: once.
  public var watch: WatchRequest?

  public init(_ subject: Subject, numeric: Bool = false, exact: Bool = false, sorted: Bool = true) {
    self.subject = subject
    self.numeric = numeric
    self.exact = exact
    self.sorted = sorted
  }
}

/// How a table is to be watched.
public struct WatchRequest: Hashable, Sendable {
  /// Seconds between two reads.
  public var interval: UInt32

  public var order: WatchOrder

  public static let defaultInterval: UInt32 = 2

  public init(interval: UInt32 = Self.defaultInterval, order: WatchOrder = .name) {
    self.interval = interval
    self.order = order
  }
}

extension ListRequest {
  /// The columns that options choose. Of several on a line the first here counts.
  private static let views: InlineArray<5, (OptionName, TableView)> = [
    (.statistics, .statistics), (.rate, .rates), (.thresholds, .thresholds),
    (.persistentConnections, .persistentConnections), (.tunnelInfo, .tunnels),
  ]

  /// The request of a line.
  init(of line: LineContents) throws(GrammarError) {
    let given = line.given
    let others = OptionNames([.connection, .timeout, .daemon])
    let counters = OptionNames([.statistics, .rate, .thresholds])
    let figures = OptionNames([.timeout, .daemon])
    let isMixed =
      !given.isDisjoint(with: others) && !given.isDisjoint(with: counters)
      || !given.isDisjoint(with: figures) && given.contains(.persistentConnections)
    guard !isMixed else { throw .options(.conflictingViews) }
    try Self.checkSelections(given)
    var view = TableView.plain
    for index in Self.views.indices.reversed() where given.contains(Self.views[index].0) {
      view = Self.views[index].1
    }
    var filter = line.filter
    let isOfOne = filter.isEmpty && line.server == nil && !given.contains(.byServer)
    if let service = line.service { filter.services.append(service) }
    if let server = line.server { filter.servers.append(server.selection()) }
    let subject: Subject =
      if let key = line.countKey {
        .counts(by: key)
      } else if given.contains(.connection) {
        .connections(persistence: given.contains(.persistentConnections))
      } else if given.contains(.byServer) {
        .hosts
      } else if let service = line.service, isOfOne {
        .service(service, view)
      } else if given.contains(.timeout) {
        .timeouts
      } else if given.contains(.daemon) {
        .daemons
      } else {
        .table(view)
      }
    self.init(
      subject, numeric: given.contains(.numeric), exact: given.contains(.exact),
      sorted: !given.contains(.noSort))
    watch = try Self.watch(of: line)
    if case .service = subject { return }
    self.filter = filter
  }

  /// Checks that the options of 1.31 go with the newer ones.
  private static func checkSelections(_ given: OptionNames) throws(GrammarError) {
    let connections = given.intersection(OptionNames([.client, .state, .countBy]))
    if !given.contains(.connection), let option = connections.first {
      throw .options(.aboutConnections(option))
    }
    let ofServices = OptionNames([
      .connection, .timeout, .daemon, .statistics, .rate, .thresholds, .persistentConnections,
      .tunnelInfo,
    ])
    if given.contains(.byServer), let option = given.intersection(ofServices).first {
      throw .options(.exclusive(.byServer, with: option, for: .list))
    }
    if given.contains(.countBy), given.contains(.persistentConnections) {
      throw .options(.exclusive(.countBy, with: .persistentConnections, for: .list))
    }
  }

  private static func watch(of line: LineContents) throws(GrammarError) -> WatchRequest? {
    guard line.given.contains(.watch) else {
      if line.given.contains(.sortBy) { throw .options(.orderWithoutWatch) }
      return nil
    }
    let others = OptionNames([
      .connection, .timeout, .daemon, .statistics, .rate, .thresholds, .persistentConnections,
      .tunnelInfo, .byServer,
    ])
    if let other = line.given.intersection(others).first { throw .options(.unwatched(other)) }
    return WatchRequest(
      interval: line.interval ?? WatchRequest.defaultInterval, order: line.order)
  }
}

/// The options that go with every command and may be anywhere on a command line, before the command
/// too. They are about the run of the program: a line of restore input does not take them.
public enum GlobalOption: UInt8, Hashable, Sendable, CaseIterable {
  /// The socket of an engine that answers instead of the kernel.
  case engine

  /// The network namespace of the kernel's IPVS.
  case namespace

  /// Listings and errors as JSON.
  case json

  /// When to print in colors.
  case color

  /// Whether a word, perhaps with a value behind a `=`, is a global option.
  public static func isNamed(by word: ByteString) -> Bool {
    let typed = ByteString(word.bytes.prefix { $0 != UInt8(ascii: "=") })
    return OptionTable.rows.contains { row in
      guard case .global = row.meaning else { return false }
      return typed == ByteString("--\(row.long)")
    }
  }
}

/// When to print in colors, for people (`--color`).
public enum ColorChoice: UInt8, Hashable, Sendable, CaseIterable {
  /// On a terminal, unless the environment has NO_COLOR.
  case auto
  case always
  case never

  /// The word of the command line.
  public var word: StaticString {
    switch self {
    case .auto: "auto"
    case .always: "always"
    case .never: "never"
    }
  }

  init?(word: Span<UInt8>) {
    for choice: ColorChoice in [.auto, .always, .never] where word.equals(choice.word) {
      self = choice
      return
    }
    return nil
  }
}

/// The values of the global options.
///
/// What is not given is kept as an empty text and a bit: to copy an optional text, the Swift runtime first
/// makes its type, which takes a quarter of a short run.
public struct GlobalOptions: Hashable, Sendable {
  private var given: UInt8 = 0
  private var enginePath = ByteString([])
  private var namespaceName = ByteString([])
  private var colorChoice = ColorChoice.auto

  /// The path of an engine's socket; nil where the kernel is asked.
  public var engine: ByteString? { has(.engine) ? enginePath : nil }

  /// The name or the path of the network namespace whose IPVS is asked; nil for that of the process.
  public var namespace: ByteString? { has(.namespace) ? namespaceName : nil }

  /// Listings and errors are printed as JSON.
  public var json: Bool { has(.json) }

  /// When to print in colors.
  public var color: ColorChoice { colorChoice }

  public init(engine: ByteString? = nil) {
    if let engine { set(.engine, to: engine) }
  }

  /// Takes an option from a command line, in place of an earlier value.
  ///
  /// - Parameter value: Empty where the option has none.
  mutating func set(_ option: GlobalOption, to value: ByteString) {
    given |= 1 << option.rawValue
    switch option {
    case .engine: enginePath = value
    case .namespace: namespaceName = value
    case .json: break
    case .color: colorChoice = ColorChoice(word: value.bytes.span) ?? .auto
    }
  }

  private func has(_ option: GlobalOption) -> Bool { given >> option.rawValue & 1 != 0 }
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
