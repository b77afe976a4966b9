// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSClient
internal import IPVSGrammar
internal import IPVSListing
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSystem
internal import IPVSText

/// Shows a table again and again (`--list --watch`): on a terminal a live view, elsewhere blocks of lines,
/// with `--json` documents.
struct WatchExecution {
  let execution: Execution
  let request: ListRequest
  let watch: WatchRequest

  var session: Session { execution.session }

  /// The signals that end a watch; a reader that left does too.
  static let endings = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE]

  func run() -> ExitStatus {
    let first: Reading
    do throws(DirectorError) {
      if !request.filter.schedulers.isEmpty, let unknown = try unknownScheduler() {
        session.output.report(unknown)
        return .usage
      }
      first = try read()
    } catch {
      return execution.failReading(service, error)
    }
    let isLive =
      session.environment.output.isTerminal && TerminalKind.hasScreen && !session.options.json
    guard isLive else { return runBlocks(first) }
    var terminal = WatchTerminal(self, first)
    return terminal.run()
  }

  private func unknownScheduler() throws(DirectorError) -> Diagnostic? {
    let services = try session.withDirector { director throws(DirectorError) in
      try director.services()
    }
    return request.filter.unknownScheduler(in: services)
  }

  /// The service that is watched; nil: all are.
  private var service: ServiceIdentity? {
    if case .service(let identity, _) = request.subject { identity } else { nil }
  }

  /// One reading of the table.
  struct Reading {
    let snapshot: Snapshot

    /// When it began, in nanoseconds of a clock that is never set.
    let start: UInt64

    /// When it began, in seconds since 1970.
    let time: Int
  }

  /// Reads the table. After a failure the next reading connects anew.
  func read() throws(DirectorError) -> Reading {
    let (start, time) = (SystemClock.monotonicNanoseconds, SystemClock.now)
    do throws(DirectorError) {
      let snapshot = try session.withDirector { director throws(DirectorError) in
        if let service {
          return Snapshot(kernel: try director.info(), services: [try director.service(service)])
        }
        guard !request.filter.isEmpty else { return try director.snapshot() }
        var snapshot = try director.snapshot(of: request.filter)
        snapshot.services.removeAll { !request.filter.selectsAny(of: $0) }
        return snapshot
      }
      return Reading(snapshot: snapshot, start: start, time: time)
    } catch {
      session.reconnect()
      throw error
    }
  }

  var view: WatchView {
    WatchView(
      WatchView.Options(
        source: session.sourceName, interval: watch.interval, order: watch.order,
        names: request.numeric ? nil : session.environment.names, exact: request.exact,
        sorted: request.sorted, isColored: session.isColored))
  }

  /// The drained servers, as they are now.
  var drained: [ServerIdentity: DrainedServer] {
    ((try? TableState(session).drained()) ?? []).byName
  }
}

extension ListingFilter {
  /// Whether a service is selected, or one of its servers. It is watched as a whole then: shares are of
  /// all its servers.
  fileprivate func selectsAny(of listed: ListedService) -> Bool {
    selects(listed.service)
      && (servers.isEmpty
        || listed.servers.contains {
          selects(ServerIdentity($0.server.endpoint, of: listed.service.identity))
        })
  }
}

// MARK: - Without a terminal

extension WatchExecution {
  private func runBlocks(_ first: Reading) -> ExitStatus {
    guard let signals = Signals(Self.endings) else { return .failure }
    var table = WatchedTable()
    var reading: Reading? = first
    var schedule = WatchSchedule(interval: watch.interval, start: first.start)
    var outage = Outage()
    while true {
      if let reading {
        guard session.output.send(text(of: reading, &table)) else { break }
      }
      schedule.end(at: SystemClock.monotonicNanoseconds)
      guard session.waits(until: schedule.next, signals) else { break }
      schedule.begin(at: SystemClock.monotonicNanoseconds)
      do throws(DirectorError) {
        reading = try read()
        outage.end()
      } catch {
        reading = nil
        outage.report(error, session)
      }
    }
    return .success
  }

  private func text(of reading: Reading, _ table: inout WatchedTable) -> TextBuffer {
    var text = TextBuffer()
    guard !session.options.json else {
      var renderer = session.jsonRenderer(sorted: request.sorted)
      renderer.time = JSONRenderer.Time(
        seconds: reading.time, monotonicMilliseconds: reading.start / 1_000_000)
      renderer.append(.table(reading.snapshot), to: &text)
      return text
    }
    table.take(reading.snapshot.services, at: reading.start)
    var view = view
    view.drained = drained
    return view.block(of: table, time: SystemClock.local(reading.time))
  }
}

/// When a table is read: every some seconds, and no longer than half of the time.
struct WatchSchedule {
  private let interval: UInt64
  private var start: UInt64

  /// The time of the next reading, in nanoseconds of a clock that is never set.
  private(set) var next: UInt64

  /// - Parameters:
  ///   - interval: In seconds.
  ///   - start: When the first reading began.
  init(interval: UInt32, start: UInt64) {
    self.interval = UInt64(interval) * 1_000_000_000
    self.start = start
    next = start
  }

  mutating func begin(at time: UInt64) { start = time }

  mutating func end(at time: UInt64) {
    next = max(start + interval, time + (time - start))
  }
}

/// A time in which a table cannot be read. Each reason is told once.
struct Outage {
  private var told: DirectorError?

  /// Tells why, unless that was told.
  mutating func report(_ error: DirectorError, _ session: Session) {
    guard error != told else { return }
    told = error
    session.output.report(error.diagnostic(session.host))
    // With --json, diagnostics are kept until the end of the run.
    session.output.finish(.failure)
  }

  /// The table was read.
  ///
  /// - Returns: Whether it could not be read before.
  @discardableResult
  mutating func end() -> Bool {
    defer { told = nil }
    return told != nil
  }
}

extension Session {
  /// Waits until a time, in nanoseconds of a clock that is never set.
  ///
  /// - Returns: False where the program is to end: a signal came, or no one reads its output any more.
  func waits(until time: UInt64, _ signals: borrowing Signals) -> Bool {
    while true {
      let now = SystemClock.monotonicNanoseconds
      guard now < time else { return true }
      // Rounded up: a wait that is too short would be followed by many that are shorter.
      let rest = Int((time - now + 999_999) / 1_000_000)
      switch signals.wait(for: nil, output: environment.output, milliseconds: rest) {
      case .signal, .hangup: return false
      case .input, .timeout: break
      }
    }
  }

  /// `kernel, netns lb`, `engine /run/ipvs`.
  var sourceName: ByteString {
    var text = TextBuffer()
    switch host.peer {
    case .kernel: text.append("kernel")
    case .engine(let path):
      text.append("engine")
      if let path {
        text.append(" ")
        text.append(path)
      }
    }
    if let namespace = options.namespace {
      text.append(", netns ")
      text.append(namespace)
    }
    return ByteString(text.bytes)
  }

  /// Whether what people read is printed in colors.
  var isColored: Bool {
    switch options.color {
    case .always: !options.json
    case .never: false
    case .auto:
      environment.output.isTerminal && TerminalKind.hasScreen && !TerminalKind.isColorless
        && !options.json
    }
  }
}
