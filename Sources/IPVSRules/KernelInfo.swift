/// What the kernel says of its IPVS.
public struct KernelInfo: Hashable, Sendable {
  /// The version of IPVS: 0x010201 is 1.2.1.
  public var version: UInt32

  /// How many buckets the table of connections has.
  public var connectionTableSize: UInt32

  public init(version: UInt32, connectionTableSize: UInt32) {
    self.version = version
    self.connectionTableSize = connectionTableSize
  }
}
