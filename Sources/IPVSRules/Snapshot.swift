/// The whole table of a director, read at one time.
public struct Snapshot: Hashable, Sendable {
  public var kernel: KernelInfo
  public var services: [ListedService]

  public init(kernel: KernelInfo, services: [ListedService]) {
    self.kernel = kernel
    self.services = services
  }
}
