// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSClient
internal import IPVSGrammar
internal import IPVSListing
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSystem
internal import IPVSText

/// A watched table on a terminal, which it has for itself until a key or a signal ends it.
struct WatchTerminal {
  private let execution: WatchExecution
  private var screen: WatchScreen
  private var writer = ScreenWriter()
  private var decoder = KeyDecoder()
  private var schedule: WatchSchedule

  /// The time of the last reading, as it is shown.
  private var clock = ""

  init(_ execution: WatchExecution, _ first: WatchExecution.Reading) {
    self.execution = execution
    screen = WatchScreen(execution.view)
    schedule = WatchSchedule(interval: execution.watch.interval, start: first.start)
    take(first)
  }

  private var output: FileDescriptor { execution.session.environment.output }

  /// Shows the table until it is to end.
  mutating func run() -> ExitStatus {
    guard let signals = Signals(WatchExecution.endings + [SIGTSTP, SIGCONT, SIGWINCH]) else {
      return .failure
    }
    let input = execution.session.environment.input
    let keys = TerminalMode(of: input)
    let hasKeys = keys != nil
    guard enter(keys) else { return .success }
    defer { leave(keys) }
    schedule.end(at: SystemClock.monotonicNanoseconds)
    while show(hasKeys) {
      switch signals.wait(
        for: hasKeys ? input : nil, output: output, milliseconds: schedule.wait)
      {
      case .signal(SIGWINCH): writer.forget()
      case .signal(SIGCONT): if !enter(keys) { return .success }
      case .signal(SIGTSTP):
        leave(keys)
        signals.stop()
        if !enter(keys) { return .success }
      case .signal, .hangup: return .success
      case .input: if !takeKeys(from: input) { return .success }
      case .timeout: if schedule.isDue { read() }
      }
    }
    return .success
  }

  // MARK: - The terminal

  /// - Returns: False where the terminal is gone.
  private mutating func enter(_ keys: borrowing TerminalMode?) -> Bool {
    keys?.readKeys()
    writer.forget()
    return execution.session.output.send(ScreenWriter.beginning)
  }

  private func leave(_ keys: borrowing TerminalMode?) {
    _ = execution.session.output.send(ScreenWriter.ending(rows: output.terminalSize.rows))
    keys?.restore()
  }

  /// - Returns: False where the terminal is gone.
  private mutating func show(_ hasKeys: Bool) -> Bool {
    let size = output.terminalSize
    let lines = screen.lines(rows: size.rows, columns: size.columns, time: clock, hasKeys: hasKeys)
    let text = writer.update(to: lines)
    return text.count == 0 || execution.session.output.send(text)
  }

  // MARK: - The table

  private mutating func take(_ reading: WatchExecution.Reading) {
    screen.view.drained = execution.drained
    screen.take(reading.snapshot.services, at: reading.start)
    clock = String(SystemClock.local(reading.time).suffix(8))
  }

  private mutating func read() {
    schedule.begin(at: SystemClock.monotonicNanoseconds)
    do throws(DirectorError) {
      take(try execution.read())
    } catch {
      let diagnostic = error.diagnostic(execution.session.host)
      let cause = diagnostic.value(of: "cause").map { ": \($0)" as MessageText } ?? ""
      screen.notice = ByteString(("not read: \(diagnostic.headline)\(cause)" as MessageText).bytes)
    }
    schedule.end(at: SystemClock.monotonicNanoseconds)
  }

  // MARK: - Keys

  /// - Returns: False where the program is to end.
  private mutating func takeKeys(from input: FileDescriptor) -> Bool {
    var bytes = [UInt8](repeating: 0, count: 256)
    guard let count = try? input.read(into: &bytes), count > 0 else { return false }
    for key in decoder.keys(in: bytes[..<count]) {
      if screen.isHelp, key != .character("q") {
        screen.isHelp = false
        continue
      }
      switch key {
      case .character("q"): return false
      case .character("?"), .character("h"): screen.isHelp = true
      case .character("s"): screen.nextOrder()
      case .up, .character("k"): screen.scroll(by: -1)
      case .down, .character("j"): screen.scroll(by: 1)
      case .pageUp, .character("b"): screen.scroll(byPages: -1)
      case .pageDown, .character(" "): screen.scroll(byPages: 1)
      case .home, .character("g"): screen.scroll(toEnd: false)
      case .end, .character("G"): screen.scroll(toEnd: true)
      default: break
      }
    }
    return true
  }
}

extension WatchSchedule {
  /// Whether the next reading is due.
  fileprivate var isDue: Bool { SystemClock.monotonicNanoseconds >= next }

  /// The time until then in milliseconds, rounded up.
  fileprivate var wait: Int {
    let now = SystemClock.monotonicNanoseconds
    return now < next ? Int((next - now + 999_999) / 1_000_000) : 0
  }
}
