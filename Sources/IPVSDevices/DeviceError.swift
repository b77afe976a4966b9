// SPDX-License-Identifier: Apache-2.0

public import IPVSText

/// Why a device cannot be used.
public enum DeviceError: Error, Hashable, Sendable {
  /// `/dev/net/tun` could not be opened or would not make the device: EPERM without CAP_NET_ADMIN,
  /// ENOENT without the module tun, EBUSY if another program uses the device.
  case open(ByteString, errno: Int32)

  /// The device could not be set up, or its MTU could not be set.
  case link(ByteString, errno: Int32)

  /// Packets cannot be read: the device was deleted or set down.
  case read(ByteString, errno: Int32)
}
