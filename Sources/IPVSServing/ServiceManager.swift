// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import IPVSSystem
public import IPVSText

/// The program that started this process as a service, such as systemd(1), as far as the environment tells
/// of one. It is told how the service is (sd_notify(3)), and may pass a listening socket (sd_listen_fds(3)).
public struct ServiceManager: Sendable {
  /// What the manager is told.
  public enum Notice: Sendable {
    /// Clients are served from now on.
    case ready

    /// The service ends by itself, or as it was asked to.
    case stopping

    /// A line for people who ask for the state of the service.
    case status(ByteString)

    fileprivate var assignment: ByteString {
      switch self {
      case .ready: "READY=1"
      case .stopping: "STOPPING=1"
      // A line end would begin another assignment.
      case .status(let text):
        ("STATUS=" as ByteString).appending(
          ByteString(text.bytes.map { $0 < UInt8(ascii: " ") ? UInt8(ascii: "?") : $0 }))
      }
    }
  }

  /// A descriptor that this process was started with.
  public struct PassedDescriptor: Equatable, Sendable {
    public let number: Int32

    /// What the manager calls it: of systemd, the name of the unit, or its `FileDescriptorName=`.
    public let name: ByteString

    public init(number: Int32, name: ByteString) {
      self.number = number
      self.name = name
    }
  }

  /// The number of the first descriptor that is passed.
  private static let firstDescriptor: Int32 = 3

  /// The most descriptors that are looked at.
  private static let mostDescriptors: Int32 = 1000

  /// Where the manager listens, as the environment has it: a path, or `@` and an abstract name. nil where
  /// it does not want to be told.
  public let notifySocket: ByteString?

  public let descriptors: [PassedDescriptor]

  /// The manager that the environment of this process tells of.
  public init() {
    self.init(process: getpid()) { name in
      getenv("\(name)").map { ByteString(cString: $0) }
    }
  }

  /// - Parameters:
  ///   - process: The id of this process. Descriptors that were passed to another are not ours.
  ///   - variable: The value of a variable of the environment; nil where it is not set.
  public init(process: Int32, variable: (StaticString) -> ByteString?) {
    let socket = variable("NOTIFY_SOCKET")
    notifySocket = socket.flatMap { $0.isEmpty ? nil : $0 }
    guard variable("LISTEN_PID")?.description == "\(process)",
      let count = variable("LISTEN_FDS").flatMap({ Int32($0.description) }),
      (1...Self.mostDescriptors).contains(count)
    else {
      descriptors = []
      return
    }
    let names = variable("LISTEN_FDNAMES")?.bytes.split(
      separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    descriptors = (0..<Int(count)).map { index in
      let name = names.flatMap { $0.indices.contains(index) ? ByteString($0[index]) : nil }
      return PassedDescriptor(
        number: Self.firstDescriptor + Int32(index), name: name ?? "unknown")
    }
  }

  /// Tells the manager all notices at once, if it wants to be told.
  ///
  /// - Throws: What kept the message from being sent.
  public func notify(_ notices: [Notice]) throws(SystemError) {
    guard let notifySocket else { return }
    guard let address = UnixAddress(named: notifySocket.bytes) else {
      throw SystemError(errno: EAFNOSUPPORT)
    }
    let message = notices.flatMap { $0.assignment.bytes + [UInt8(ascii: "\n")] }
    let socket = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { throw SystemError(errno: errno) }
    defer { close(socket) }
    let failure = address.send(message, through: socket)
    guard failure == 0 else { throw SystemError(errno: failure) }
  }
}
