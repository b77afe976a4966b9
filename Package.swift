// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// A target of the house: what it stands on is named here, and nothing else can be imported.
func floor(_ name: String, on lower: String...) -> Target {
  .target(name: name, dependencies: lower.map { .byName(name: $0) }, swiftSettings: strict)
}

func tests(_ name: String, of targets: String...) -> Target {
  .testTarget(
    name: name, dependencies: targets.map { .byName(name: $0) }, swiftSettings: strict)
}

let package = Package(
  name: "ipvsadm",
  targets: [
    // 0: text, addresses, bytes, and libnl
    floor("IPVSText"),
    floor("IPVSAddresses", on: "IPVSText"),

    // 1: names, and the typed rule model
    floor("IPVSNames", on: "IPVSText", "IPVSAddresses"),
    floor("IPVSRules", on: "IPVSText", "IPVSAddresses"),

    // 2: messages, sockets, grammar, listings
    floor("IPVSGrammar", on: "IPVSText", "IPVSAddresses", "IPVSNames", "IPVSRules"),

  ],
  swiftLanguageModes: [.v6]
)
