// SPDX-License-Identifier: Apache-2.0

internal import IPVSBalancing
internal import IPVSText

/// What a command line of `ipvs-engine` asks for, complete and checked as far as the words alone allow.
enum EngineCommand: Equatable {
  case help
  case version
  case serve(Start)

  /// Run a command that finds the engine at a socket of its own, or at the one that `Start` names.
  case run(Start, words: [ByteString])

  case replay(Basis, from: ByteString, to: ByteString?)

  /// What every engine begins with.
  struct Basis: Equatable {
    /// A file with rules; `-` is standard input.
    var rules: ByteString?

    var settings = Settings()

    /// The seed of random numbers; nil for one that cannot be predicted.
    var seed: UInt64?
  }

  /// How an engine is to be reached.
  struct Start: Equatable {
    var basis = Basis()
    var socket: ByteString?

    /// The name of a TUN device.
    var tun: ByteString?

    /// Whether routes are to be set that lead packets through the device.
    var diverts = false
  }
}
