// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import IPVSRules
internal import IPVSText

/// The line of ipvsadm 1.31 for an errno that the kernel answered with.
enum RejectionHeadline {
  /// What was asked for, as far as the line depends on it.
  enum Call {
    case addService, editService, deleteService, zeroService, readService
    case addServer, editServer, deleteServer
    case startDaemon, stopDaemon
    case other
  }

  private struct Row {
    let errno: Int32

    /// None: every call for which no row before this one has a line.
    var calls: [Call] = []

    let text: StaticString
  }

  private static let rows = [
    Row(errno: EEXIST, calls: [.addService], text: "Service already exists"),
    Row(
      errno: ENOENT, calls: [.addService, .editService],
      text: "Scheduler or persistence engine not found"),
    Row(
      errno: ESRCH, calls: [.editService, .deleteService, .zeroService, .readService],
      text: "No such service"),
    Row(
      errno: ESRCH, calls: [.addServer, .editServer, .deleteServer], text: "Service not defined"),
    Row(errno: EEXIST, calls: [.addServer], text: "Destination already exists"),
    Row(errno: ENOENT, calls: [.editServer, .deleteServer], text: "No such destination"),
    Row(errno: EEXIST, calls: [.startDaemon], text: "Daemon has already run"),
    Row(errno: ESRCH, calls: [.stopDaemon], text: "No daemon is running"),
    Row(errno: EPERM, text: "Permission denied (you must be root)"),
    Row(
      errno: EINVAL,
      text: "Invalid operation.  Possibly wrong module version, address not unicast, ..."),
    Row(errno: ENOPROTOOPT, text: "Protocol not available"),
    Row(errno: ENOMEM, text: "Memory allocation problem"),
    Row(errno: EOPNOTSUPP, text: "Operation not supported with IPv6"),
    Row(errno: EAFNOSUPPORT, text: "Operation not supported with specified address family"),
    Row(errno: EMSGSIZE, text: "Module is wrong version"),
  ]

  static func text(_ errno: Int32, for call: Call) -> ByteString {
    let row = rows.first {
      $0.errno == errno && ($0.calls.isEmpty || $0.calls.contains(call))
    }
    return row.map { ByteString(stringLiteral: $0.text) }
      ?? ByteString(String(cString: strerror(errno)))
  }
}

extension Change {
  var call: RejectionHeadline.Call {
    switch self {
    case .addService: .addService
    case .editService: .editService
    case .deleteService: .deleteService
    case .zero: .zeroService
    case .addServer: .addServer
    case .editServer: .editServer
    case .deleteServer: .deleteServer
    case .startDaemon: .startDaemon
    case .stopDaemon: .stopDaemon
    case .flush, .setTimeouts: .other
    }
  }
}
