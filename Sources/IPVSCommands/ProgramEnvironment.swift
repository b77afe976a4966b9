public import IPVSNames
public import IPVSSockets
public import IPVSSystem
public import IPVSText

/// Where a program finds the director, names, and its three standard files.
public struct ProgramEnvironment {
  public var peer: NetlinkPeer

  /// The path of an engine to ask instead; the command line may name another.
  public var engine: ByteString?

  public var names: any NameService
  public var input: FileDescriptor
  public var output: FileDescriptor
  public var errors: FileDescriptor

  /// The file in which the kernel lists its connections; nil where the door is to be asked for them.
  /// An engine always is.
  public var connections: String?

  public init(
    peer: NetlinkPeer = .kernel, engine: ByteString? = nil, names: any NameService = SystemNames(),
    input: FileDescriptor = .standardInput, output: FileDescriptor = .standardOutput,
    errors: FileDescriptor = .standardError, connections: String? = "/proc/net/ip_vs_conn"
  ) {
    self.peer = peer
    self.engine = engine
    self.names = names
    self.input = input
    self.output = output
    self.errors = errors
    self.connections = connections
  }
}
