public import IPVSText

/// A command, and whom to give it to.
public struct Invocation: Hashable, Sendable {
  public var command: Command

  /// The path of an engine's socket (`--engine`). Nil: as the environment says, else the kernel.
  public var engine: ByteString?

  public init(_ command: Command, engine: ByteString? = nil) {
    self.command = command
    self.engine = engine
  }
}
