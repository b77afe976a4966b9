// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
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
  products: [
    .executable(name: "ipvsadm", targets: ["ipvsadm"]),
    .executable(name: "ipvs-engine", targets: ["ipvs-engine"]),
    .library(name: "IPVS", targets: ["IPVS"]),
    .library(name: "IPVSEngine", targets: ["IPVSEngine"]),
  ],
  targets: [
    // 0: text, addresses, bytes, and libnl
    floor("IPVSText"),
    floor("IPVSAddresses", on: "IPVSText"),
    floor("IPVSNetlinkFormat"),
    floor("IPVSSchedulers"),
    floor("IPVSNumbers"),
    .systemLibrary(
      name: "CLibnl", pkgConfig: "libnl-genl-3.0",
      providers: [.apt(["libnl-3-dev", "libnl-genl-3-dev"])]),
    .target(name: "CIPVSNetlink", dependencies: ["CLibnl"]),
    .target(name: "CIPVSSystem"),
    // Apart from CIPVSSystem, and in the programs only: it replaces functions of the Swift runtime, and a
    // program that uses the libraries keeps the runtime's own.
    .target(name: "CProgramStart"),
    floor("IPVSSystem", on: "IPVSText", "CIPVSSystem"),

    // 1: names, the typed rule model, and what programs share: diagnostics, output, exit statuses
    floor("IPVSPrograms", on: "IPVSText", "IPVSSystem"),
    floor("IPVSNames", on: "IPVSText", "IPVSAddresses", "IPVSSystem"),
    floor("IPVSRules", on: "IPVSText", "IPVSAddresses", "IPVSNumbers"),
    floor("IPVSPackets", on: "IPVSAddresses", "IPVSNumbers"),
    floor("IPVSProtocol", on: "IPVSAddresses", "IPVSNetlinkFormat"),

    // 2: messages, sockets, servers, devices, grammar, listings, and IPVS itself
    floor(
      "IPVSMessages",
      on: "IPVSText", "IPVSAddresses", "IPVSNumbers", "IPVSNetlinkFormat", "IPVSProtocol",
      "IPVSRules"),
    floor(
      "IPVSSockets", on: "IPVSText", "IPVSNetlinkFormat", "IPVSProtocol", "IPVSSystem",
      "CIPVSNetlink"),
    floor("IPVSServing", on: "IPVSText", "IPVSSystem", "CIPVSSystem"),
    floor(
      "IPVSDevices",
      on: "IPVSText", "IPVSAddresses", "IPVSSystem", "IPVSNetlinkFormat", "IPVSPackets",
      "CIPVSSystem"),
    floor(
      "IPVSGrammar", on: "IPVSText", "IPVSAddresses", "IPVSSchedulers", "IPVSNames", "IPVSRules"),
    floor("IPVSListing", on: "IPVSText", "IPVSAddresses", "IPVSNames", "IPVSRules"),

    floor(
      "IPVSBalancing",
      on: "IPVSText", "IPVSAddresses", "IPVSSchedulers", "IPVSNumbers", "IPVSPackets"),

    // 3: asking the director, answering in its place, passing on its packets, and the configurations
    // of other programs
    floor(
      "IPVSImporting",
      on: "IPVSText", "IPVSAddresses", "IPVSSchedulers", "IPVSNames", "IPVSRules", "IPVSGrammar"),
    floor(
      "IPVSClient",
      on: "IPVSText", "IPVSAddresses", "IPVSSystem", "IPVSNetlinkFormat", "IPVSProtocol",
      "IPVSRules", "IPVSMessages", "IPVSSockets", "IPVSListing"),
    floor(
      "IPVSForwarding",
      on: "IPVSText", "IPVSAddresses", "IPVSPackets", "IPVSBalancing", "IPVSDevices"),
    floor(
      "IPVSHost",
      on: "IPVSText", "IPVSAddresses", "IPVSSystem", "IPVSNetlinkFormat", "IPVSSockets",
      "CIPVSSystem"),
    floor(
      "IPVSNetlinkServer",
      on: "IPVSText", "IPVSAddresses", "IPVSNumbers", "IPVSNetlinkFormat", "IPVSProtocol",
      "IPVSBalancing"),

    // Asking a balancer what a director would do
    floor(
      "IPVSExplaining",
      on: "IPVSText", "IPVSAddresses", "IPVSNumbers", "IPVSRules", "IPVSListing", "IPVSBalancing"),

    // The libraries: one import for a client, and one for the engine
    floor(
      "IPVS",
      on: "IPVSText", "IPVSAddresses", "IPVSNetlinkFormat", "IPVSRules", "IPVSGrammar",
      "IPVSSockets", "IPVSClient"),
    floor(
      "IPVSEngine",
      on: "IPVSText", "IPVSAddresses", "IPVSNumbers", "IPVSPackets", "IPVSBalancing",
      "IPVSNetlinkServer"),

    // 4: findings about a director and its host, and the program
    floor(
      "IPVSDoctor",
      on: "IPVSText", "IPVSSystem", "IPVSAddresses", "IPVSSchedulers", "IPVSNetlinkFormat",
      "IPVSRules", "IPVSGrammar", "IPVSListing", "IPVSSockets", "IPVSClient", "IPVSHost"),
    floor(
      "IPVSCommands",
      on: "IPVSText", "IPVSSystem", "IPVSPrograms", "IPVSAddresses", "IPVSSchedulers", "IPVSNames",
      "IPVSNetlinkFormat", "IPVSProtocol", "IPVSRules", "IPVSGrammar", "IPVSListing", "IPVSSockets",
      "IPVSClient", "IPVSBalancing", "IPVSImporting", "IPVSExplaining", "IPVSHost", "IPVSDoctor"),
    .executableTarget(
      name: "ipvsadm", dependencies: ["IPVSCommands", "CProgramStart"],
      exclude: ["startup-order", "ipvsadm-1.schema.json", "examples"]),

    // 5: the engine's program. It reads its rules, and prints its table, by commands of the other one.
    floor(
      "IPVSEngineCommands",
      on: "IPVSText", "IPVSSystem", "IPVSPrograms", "IPVSAddresses", "IPVSProtocol",
      "IPVSGrammar", "IPVSSockets", "IPVSServing", "IPVSDevices", "IPVSBalancing", "IPVSForwarding",
      "IPVSNetlinkServer", "IPVSCommands"),
    .executableTarget(name: "ipvs-engine", dependencies: ["IPVSEngineCommands", "CProgramStart"]),

    // Tests of each floor, and what they share
    .target(name: "CLibnlReference", dependencies: ["CLibnl"], path: "Tests/CLibnlReference"),
    .target(
      name: "TestSupport",
      dependencies: [
        "IPVSAddresses", "IPVSRules", "IPVSSockets", "IPVSGrammar", "CLibnlReference",
      ],
      path: "Tests/TestSupport", swiftSettings: strict),
    tests("IPVSTextTests", of: "IPVSText", "TestSupport"),
    tests("IPVSAddressesTests", of: "IPVSText", "IPVSAddresses", "TestSupport"),
    tests(
      "IPVSNetlinkFormatTests",
      of: "IPVSNumbers", "IPVSNetlinkFormat", "IPVSProtocol", "TestSupport", "CLibnlReference"),
    tests("IPVSNamesTests", of: "IPVSText", "IPVSAddresses", "IPVSNames"),
    tests("IPVSRulesTests", of: "IPVSText", "IPVSAddresses", "IPVSRules", "TestSupport"),
    tests("IPVSPacketsTests", of: "IPVSAddresses", "IPVSPackets", "TestSupport"),
    tests(
      "IPVSBalancingTests",
      of: "IPVSText", "IPVSAddresses", "IPVSSchedulers", "IPVSNumbers", "IPVSPackets",
      "IPVSBalancing",
      "TestSupport"),
    tests(
      "IPVSNetlinkServerTests",
      of: "IPVSText", "IPVSAddresses", "IPVSSchedulers", "IPVSNetlinkFormat", "IPVSRules",
      "IPVSPackets", "IPVSSockets", "IPVSClient", "IPVSBalancing", "IPVSNetlinkServer",
      "TestSupport"),
    tests(
      "IPVSMessagesTests",
      of: "IPVSText", "IPVSAddresses", "IPVSNetlinkFormat", "IPVSRules", "IPVSMessages",
      "TestSupport", "CLibnlReference"),
    tests(
      "IPVSDevicesTests", of: "IPVSText", "IPVSAddresses", "IPVSNetlinkFormat", "IPVSDevices",
      "TestSupport"),
    tests(
      "IPVSForwardingTests",
      of: "IPVSText", "IPVSAddresses", "IPVSPackets", "IPVSBalancing", "IPVSDevices",
      "IPVSForwarding", "TestSupport"),
    tests(
      "IPVSExplainingTests",
      of: "IPVSText", "IPVSAddresses", "IPVSPackets", "IPVSNumbers", "IPVSNames", "IPVSRules",
      "IPVSGrammar", "IPVSListing", "IPVSBalancing", "IPVSExplaining", "TestSupport"),
    tests("IPVSSocketsTests", of: "IPVSNetlinkFormat", "IPVSSockets", "TestSupport"),
    tests(
      "IPVSHostTests",
      of: "IPVSText", "IPVSAddresses", "IPVSSystem", "IPVSNetlinkFormat", "IPVSSockets", "IPVSHost",
      "TestSupport"),
    tests(
      "IPVSDoctorTests",
      of: "IPVSText", "IPVSAddresses", "IPVSSystem", "IPVSRules", "IPVSGrammar", "IPVSListing",
      "IPVSSockets", "IPVSClient", "IPVSHost", "IPVSDoctor", "TestSupport"),
    tests("IPVSServingTests", of: "IPVSText", "IPVSSystem", "IPVSServing"),
    tests(
      "IPVSGrammarTests",
      of: "IPVSText", "IPVSPrograms", "IPVSAddresses", "IPVSNames", "IPVSRules", "IPVSGrammar",
      "IPVSCommands",
      "TestSupport"),
    tests(
      "IPVSListingTests",
      of: "IPVSText", "IPVSAddresses", "IPVSNames", "IPVSRules", "IPVSGrammar", "IPVSListing",
      "TestSupport"),
    tests(
      "IPVSImportingTests",
      of: "IPVSText", "IPVSAddresses", "IPVSNames", "IPVSRules", "IPVSGrammar", "IPVSListing",
      "IPVSImporting",
      "TestSupport"),
    tests(
      "IPVSClientTests",
      of: "IPVSText", "IPVSAddresses", "IPVSNetlinkFormat", "IPVSRules", "IPVSMessages",
      "IPVSSockets", "IPVSClient", "TestSupport"),
    tests(
      "IPVSCommandsTests",
      of: "IPVSText", "IPVSSystem", "IPVSPrograms", "IPVSAddresses", "IPVSSchedulers", "IPVSNames",
      "IPVSNetlinkFormat", "IPVSRules", "IPVSGrammar", "IPVSSockets", "IPVSClient", "IPVSBalancing",
      "IPVSNetlinkServer", "IPVSCommands", "TestSupport"),
    tests(
      "IPVSEngineCommandsTests",
      of: "IPVSText", "IPVSSystem", "IPVSPrograms", "IPVSAddresses", "IPVSGrammar", "IPVSSockets",
      "IPVSBalancing", "IPVSNetlinkServer", "IPVSCommands", "IPVSEngineCommands", "TestSupport"),
    .executableTarget(
      name: "engine-bench",
      dependencies: ["IPVSText", "IPVSAddresses", "IPVSPackets", "IPVSBalancing"],
      path: "Tests/Bench/EngineBench", swiftSettings: strict),
    // Prints the manual page ipvs-doctor(7).
    .executableTarget(
      name: "doctor-page", dependencies: ["IPVSDoctor"], path: "Tests/Manual/DoctorPage",
      swiftSettings: strict),
    // The examples import the two products only. What these export is named for the build, which would
    // otherwise not compile the examples anew when it changes.
    tests(
      "ReadmeTests",
      of: "IPVS", "IPVSText", "IPVSAddresses", "IPVSNetlinkFormat", "IPVSRules", "IPVSGrammar",
      "IPVSSockets", "IPVSClient", "IPVSEngine", "IPVSPackets", "IPVSBalancing", "IPVSNetlinkServer"
    ),
  ],
  swiftLanguageModes: [.v6]
)
