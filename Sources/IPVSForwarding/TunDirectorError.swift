public import IPVSDevices

/// Why packets cannot be passed on through a TUN device.
public enum TunDirectorError: Error, Hashable, Sendable {
  case device(DeviceError)
  case policyRouting(PolicyRoutingError)
}
