// SPDX-License-Identifier: Apache-2.0

/// The commands of `ipvs-engine` (ipvs-engine(8)).
enum EngineVerb: String, CaseIterable, Sendable {
  case serve
  case run
  case replay
}

/// An option of a verb, as it is typed: `--socket=PATH`, or `--socket PATH`.
struct EngineOption: Sendable {
  enum Name: Sendable {
    case socket
    case tun
    case divert
    case rules
    case sysctl
    case seed
    case asKernel
    case olderCounting
    case read
    case write
  }

  let name: Name
  let long: StaticString

  /// The name of the value; nil if the option has none.
  var value: StaticString?

  let verbs: [EngineVerb]

  /// Whether a line may hold it more than once.
  var isRepeatable = false

  static subscript(_ name: Name) -> EngineOption? { all.first { $0.name == name } }

  static let all = [
    EngineOption(name: .socket, long: "socket", value: "PATH", verbs: [.serve, .run]),
    EngineOption(name: .rules, long: "rules", value: "FILE", verbs: EngineVerb.allCases),
    EngineOption(
      name: .sysctl, long: "sysctl", value: "NAME=VALUE", verbs: EngineVerb.allCases,
      isRepeatable: true),
    EngineOption(name: .tun, long: "tun", value: "NAME", verbs: [.serve, .run]),
    EngineOption(name: .divert, long: "divert", verbs: [.serve, .run]),
    EngineOption(name: .seed, long: "seed", value: "NUMBER", verbs: EngineVerb.allCases),
    EngineOption(name: .asKernel, long: "as-kernel", value: "RELEASE", verbs: EngineVerb.allCases),
    EngineOption(name: .olderCounting, long: "older-counting", verbs: EngineVerb.allCases),
    EngineOption(name: .read, long: "read", value: "FILE", verbs: [.replay]),
    EngineOption(name: .write, long: "write", value: "FILE", verbs: [.replay]),
  ]
}
