// SPDX-License-Identifier: Apache-2.0

public import IPVSGrammar

extension RestoreReader {
  /// Adds bytes that are there already.
  public mutating func feed(_ bytes: some Collection<UInt8>) {
    _ = feed(atMost: bytes.count) { room in
      for byte in bytes { room.append(byte) }
    }
  }
}
