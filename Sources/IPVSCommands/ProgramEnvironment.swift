// SPDX-License-Identifier: Apache-2.0

public import IPVSGrammar
public import IPVSNames
public import IPVSSockets
public import IPVSSystem

/// What a program depends on: the netlink peer, names, global options, and its standard files.
public struct ProgramEnvironment {
  public var peer: NetlinkPeer

  /// The global options; the command line may replace them.
  public var options: GlobalOptions

  public var names: any NameService
  public var input: FileDescriptor
  public var output: FileDescriptor
  public var errors: FileDescriptor

  /// The file in which the kernel lists its connections; nil: the peer is asked for them, as an engine
  /// always is.
  public var connections: String?

  /// Where commands keep what must outlive a run; nil: `StateFolder.standard`.
  public var stateFolder: StateFolder?

  public init(
    peer: NetlinkPeer = .kernel, options: GlobalOptions = GlobalOptions(),
    names: any NameService = SystemNames(),
    input: FileDescriptor = .standardInput, output: FileDescriptor = .standardOutput,
    errors: FileDescriptor = .standardError, connections: String? = "/proc/net/ip_vs_conn",
    stateFolder: StateFolder? = nil
  ) {
    self.peer = peer
    self.options = options
    self.names = names
    self.input = input
    self.output = output
    self.errors = errors
    self.connections = connections
    self.stateFolder = stateFolder
  }
}
