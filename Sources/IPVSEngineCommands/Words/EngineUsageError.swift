// SPDX-License-Identifier: Apache-2.0

internal import IPVSBalancing
internal import IPVSText

/// Why a command line of `ipvs-engine` is not run.
enum EngineUsageError: Error, Equatable {
  case noVerb
  case unknownVerb(ByteString)
  case unknownOption(ByteString)

  /// An option of another verb.
  case strangeOption(ByteString, verb: EngineVerb, others: [EngineVerb])

  case missingValue(ByteString)
  case unwantedValue(ByteString)
  case repeatedOption(ByteString)

  /// The verb cannot do without an option.
  case missingOption(EngineOption.Name, verb: EngineVerb)

  case leftover(ByteString, verb: EngineVerb)

  /// `run` without a command.
  case noCommand

  /// `--divert` without a device.
  case nothingToDivertTo

  /// A capture that would be replaced before it is read.
  case overwritten(ByteString)

  /// `--sysctl` with something that is not NAME=VALUE.
  case notASetting(ByteString)

  case setting(SettingError, ByteString)
  case notANumber(ByteString)

  /// `--as-kernel` with something else than the number of a known kernel.
  case notARelease(ByteString)
}
