// SPDX-License-Identifier: Apache-2.0

internal import IPVSDevices
internal import IPVSForwarding
internal import IPVSServing
internal import IPVSText

/// Why an engine does not start, or does not go on.
enum EngineFailure: Error {
  /// The command of `run` cannot be started.
  case command(ByteString, ChildProcess.Failure)

  /// The file of rules cannot be opened.
  case rules(ByteString, errno: Int32)

  /// Rules were refused, of which each was told.
  case rulesRefused(ByteString)

  case listener(ListenerError)
  case capture(CaptureError)

  /// The account of a replay cannot be written.
  case account(errno: Int32)

  /// Packets cannot be had, or not any more.
  case packets(TunDirectorError)

  /// The system does not pass on packets of services, as a setting under /proc/sys says.
  case forwardingOff(String)

  /// Another program took away routing that was set for a device.
  case routingLost(RoutingLoss, ByteString)

  /// Clients wait, as no connection of theirs can be accepted.
  case clientsWait(errno: Int32)

  /// A number of packets could not be sent.
  case packetsLost(UInt64)

  /// The service manager does not take what it is to be told.
  case notTold(ByteString, errno: Int32)

  /// No descriptor is left for signals.
  case noDescriptors

  /// The exit status, where it is not the same for all failures.
  var status: Int32? {
    if case .command(_, let failure) = self { failure.status } else { nil }
  }
}
