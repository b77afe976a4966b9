// SPDX-License-Identifier: Apache-2.0

internal import IPVSClient
internal import IPVSGrammar
internal import IPVSListing
internal import IPVSPrograms
internal import IPVSRules
internal import IPVSSockets
internal import IPVSSystem
internal import IPVSText

/// One run of a program: its environment, and the director.
///
/// The connection to the director is opened when it is first needed, so that help needs no kernel.
final class Session {
  let environment: ProgramEnvironment

  /// The global options: those of the environment, until the command line replaces them.
  var options: GlobalOptions

  /// What the program was called as.
  let program: ByteString

  let output: Output

  /// The path of the engine that requests go to; nil: they go to the environment's peer.
  var engine: ByteString? { options.engine }

  private var director: Director?

  /// Whether the kernel's module may be loaded. A command that watches a table leaves that to others once
  /// it has read it.
  private var loadsModule = true

  init(_ environment: ProgramEnvironment, program: ByteString) {
    self.environment = environment
    options = environment.options
    self.program = program
    output = Output(output: environment.output, errors: environment.errors)
  }

  /// The format of listings with `--json`.
  func jsonRenderer(sorted: Bool = true) -> JSONRenderer {
    JSONRenderer(
      source: JSONRenderer.Source(
        host.peer == .kernel ? "kernel" : "engine", namespace: options.namespace),
      drained: (try? TableState(self).drained()) ?? [],
      sorted: sorted)
  }

  /// Whether a person at a terminal gave the command, rather than a program.
  var isTyped: Bool { environment.output.isTerminal && environment.errors.isTerminal }

  /// Where the connections of the director are read from.
  var connectionSource: ConnectionSource {
    guard engine == nil, let path = environment.connections else { return .peer }
    return .file(path)
  }

  /// Calls `body` with the director.
  func withDirector<Value>(
    _ body: (inout Director) throws(DirectorError) -> Value
  ) throws(DirectorError) -> Value {
    var opened: Director
    if let present = director.take() {
      opened = present
    } else {
      opened = try Director(
        engine.map { .engine(path: $0.bytes) } ?? environment.peer, loadingModule: loadsModule)
    }
    do throws(DirectorError) {
      let value = try body(&opened)
      director = consume opened
      return value
    } catch {
      director = consume opened
      throw error
    }
  }

  /// Lets the next request connect anew, to what is there then, and load nothing.
  func reconnect() {
    _ = director.take()
    loadsModule = false
  }

  /// What explanations say of where the director's IPVS runs.
  var host: any HostInfo {
    if let engine { return EngineHostInfo(path: engine) }
    return switch environment.peer {
    case .kernel, .kernelOf: KernelHostInfo()
    case .engine(let path): EngineHostInfo(path: ByteString(path))
    case .transport: EngineHostInfo(path: nil)
    }
  }

  /// Asks the director for what every command needs, the right to talk to it.
  func checkAccess() throws(DirectorError) {
    _ = try withDirector { director throws(DirectorError) in try director.info() }
  }
}

/// Reads the table through the session's own director.
struct SessionTable: TableReader {
  let session: Session

  func services() -> [VirtualService]? {
    try? session.withDirector { director throws(DirectorError) in
      try director.services().map(\.service)
    }
  }

  func servers(of identity: ServiceIdentity) -> [RealServer]? {
    try? session.withDirector { director throws(DirectorError) in
      try director.servers(of: identity).map(\.server)
    }
  }
}
