public import IPVSText

/// Why a device cannot be used.
public enum DeviceError: Error, Hashable, Sendable {
  /// `/dev/net/tun` could not be opened or would not make the device: EPERM without CAP_NET_ADMIN,
  /// ENOENT without the module tun, EBUSY where another program has the device.
  case open(ByteString, errno: Int32)

  /// The device could not be set up or given its MTU.
  case link(ByteString, errno: Int32)

  /// The device went away.
  case read(ByteString, errno: Int32)
}
