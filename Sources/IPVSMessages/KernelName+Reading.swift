// SPDX-License-Identifier: Apache-2.0

internal import IPVSNetlinkFormat
internal import IPVSRules
internal import IPVSText

extension RawSpan {
  /// The name that the payload holds.
  ///
  /// - Throws: `valueUnknown` if it is longer than `limit` bytes.
  func name(_ limit: Int, of attribute: UInt16) throws(NetlinkFormatError) -> KernelName {
    guard let name = KernelName(ByteString(text()), atMost: limit) else {
      throw .valueUnknown(type: attribute, value: UInt64(byteCount))
    }
    return name
  }
}
