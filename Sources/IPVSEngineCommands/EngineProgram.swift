// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSCommands
internal import IPVSForwarding
internal import IPVSPrograms
internal import IPVSServing
public import IPVSSystem
public import IPVSText

/// The program `ipvs-engine` (ipvs-engine(8)).
public struct EngineProgram {
  /// What the program's own failures have for a status beside `run`, whose command has all others.
  private static let runFailed: Int32 = 125

  private let output: Output
  private let descriptor: FileDescriptor
  private let errors: FileDescriptor

  /// Runs a command line and returns the exit status.
  ///
  /// - Parameter words: What follows the name of the program.
  public static func run(
    _ words: [ByteString], output: FileDescriptor = .standardOutput,
    errors: FileDescriptor = .standardError
  ) -> Int32 {
    // A reader of ours that goes away must not keep us from cleaning up.
    signal(SIGPIPE, SIG_IGN)
    let program = EngineProgram(
      output: Output(output: output, errors: errors), descriptor: output, errors: errors)
    let status = program.run(words)
    guard let failure = program.output.failure else { return status }
    program.output.report(
      Diagnostic("cannot write standard output", cause: "\(failure.description)"))
    return ExitStatus.failure.rawValue
  }

  private func run(_ words: [ByteString]) -> Int32 {
    do throws(EngineUsageError) {
      return run(try EngineLine.command(words))
    } catch {
      output.report(error.diagnostic)
      return ExitStatus.usage.rawValue
    }
  }

  private func run(_ command: EngineCommand) -> Int32 {
    do throws(EngineFailure) {
      switch command {
      case .help: output.print(EngineHelp.help)
      case .version: output.print(EngineHelp.version)
      case .serve(let start): return try serve(start)
      case .run(let start, let words): return try run(words, start)
      case .replay(let basis, let input, let result):
        // The capture itself may go to standard output.
        let account = result == "-" ? errors : descriptor
        let engine = try engine(basis, isOfThisMachine: false)
        return try ReplayCommand(engine: engine, output: account, errors: errors)
          .run(from: input, to: result).rawValue
      }
      return ExitStatus.success.rawValue
    } catch {
      output.report(error.diagnostic)
      if case .run = command { return error.status ?? Self.runFailed }
      return ExitStatus.failure.rawValue
    }
  }

  private func serve(_ start: EngineCommand.Start) throws(EngineFailure) -> Int32 {
    let manager = ServiceManager()
    // Before anything is opened that could have the number of a descriptor that was not passed after all.
    let claim = try Self.claim(start.socket, manager.descriptors)
    let signals = try Self.signals([SIGTERM, SIGINT, SIGHUP])
    let clock = MonotonicClock()
    let engine = try engine(start)
    let listener = try Self.listener(claim)
    let serving: MessageText = "serves at \(listener.path)"
    var loop = EngineLoop(engine, listener, signals, clock)
    tell(manager, [.ready, .status(ByteString(serving.bytes))])
    let status = try loop.run()
    tell(manager, [.stopping, .status("puts back what it set")])
    return status
  }

  /// Tells the service manager. The engine goes on without one that does not listen.
  private func tell(_ manager: ServiceManager, _ notices: [ServiceManager.Notice]) {
    do throws(SystemError) {
      try manager.notify(notices)
    } catch {
      output.report(
        EngineFailure.notTold(manager.notifySocket ?? "", errno: error.errno).diagnostic)
    }
  }

  private func run(
    _ words: [ByteString], _ start: EngineCommand.Start
  ) throws(EngineFailure) -> Int32 {
    let signals = try Self.signals([SIGTERM, SIGINT, SIGHUP, SIGCHLD])
    let clock = MonotonicClock()
    let claim = try Self.claim(start.socket)
    let engine = try engine(start)
    let listener = try Self.listener(claim)
    let child: ChildProcess
    do throws(ChildProcess.Failure) {
      child = try ChildProcess(words, ("IPVSADM_ENGINE", listener.path), signals)
    } catch { throw .command(words[0], error) }
    // What ipvsadm keeps about the table ends with it.
    let state = TableState(ofEngine: listener.path)
    defer { state.forget() }
    var loop = EngineLoop(engine, listener, signals, clock, child: child)
    return try loop.run()
  }

  /// An engine with its rules, and with the device for its packets.
  private func engine(_ start: EngineCommand.Start) throws(EngineFailure) -> Engine {
    let engine = try engine(start.basis, isOfThisMachine: true)
    let output = output
    engine.report = { output.report($0.diagnostic) }
    guard let device = start.tun else { return engine }
    do throws(TunDirectorError) {
      engine.director = try TunDirector(device, diverts: start.diverts)
      try engine.followRules()
    } catch { throw .packets(error) }
    return engine
  }

  /// An engine with the rules that it begins with.
  private func engine(
    _ basis: EngineCommand.Basis, isOfThisMachine: Bool
  ) throws(EngineFailure) -> Engine {
    let engine = Engine(basis, isOfThisMachine: isOfThisMachine)
    guard let file = basis.rules else { return engine }
    let input: FileDescriptor
    do throws(SystemError) {
      input = file == "-" ? .standardInput : try FileDescriptor(reading: file.description)
    } catch { throw .rules(file, errno: error.errno) }
    defer { if file != "-" { input.close() } }
    guard StartingRules.apply(input, through: engine, complaints: errors) else {
      throw .rulesRefused(file)
    }
    return engine
  }

  private static func signals(_ numbers: [Int32]) throws(EngineFailure) -> Signals {
    guard let signals = Signals(numbers) else { throw .noDescriptors }
    return signals
  }

  /// Claims the path of the socket, before devices and routes are made for an engine that may not serve.
  ///
  /// - Parameters:
  ///   - path: nil for a path in a new folder.
  ///   - passed: The descriptors that the process was started with.
  private static func claim(
    _ path: ByteString?, _ passed: [ServiceManager.PassedDescriptor] = []
  ) throws(EngineFailure) -> SocketClaim {
    do throws(ListenerError) {
      guard let path else { return try SocketClaim(inFolder: "ipvs-engine-run") }
      return try SocketClaim(at: path, with: try InheritedSocket(of: path, from: passed))
    } catch { throw .listener(error) }
  }

  private static func listener(_ claim: consuming SocketClaim) throws(EngineFailure) -> Listener {
    do throws(ListenerError) { return try Listener(claim) } catch { throw .listener(error) }
  }
}
