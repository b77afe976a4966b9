// SPDX-License-Identifier: Apache-2.0

import Foundation
import IPVSBalancing
import IPVSCommands
import IPVSPrograms
import IPVSText
import Testing

@testable import IPVSEngineCommands

/// What command lines of `ipvs-engine` mean, and what is said of those that mean nothing.
@Suite struct EngineLineTests {
  private func read(_ line: String) throws(EngineUsageError) -> EngineCommand {
    try EngineLine.command(line.split(separator: " ").map { ByteString(String($0)) })
  }

  @Test(
    "help and version",
    arguments: [
      ("--help", EngineCommand.help), ("-h", .help), ("help", .help), ("run --help", .help),
      ("serve --socket x -h", .help), ("--version", .version), ("-v", .version),
    ])
  func help(_ line: String, _ meaning: EngineCommand) throws {
    #expect(try read(line) == meaning)
  }

  @Test("a value follows the `=' of its option, or is the next word")
  func values() throws {
    let joined = try read("serve --socket=/run/a=b --tun=t0 --divert --rules=-")
    #expect(try read("serve --socket /run/a=b --tun t0 --divert --rules -") == joined)
    #expect(
      joined
        == .serve(
          EngineCommand.Start(
            basis: EngineCommand.Basis(rules: "-"), socket: "/run/a=b", tun: "t0", diverts: true)))
    // Even a word that looks like an option, as getopt_long(3) has it.
    #expect(
      try read("serve --socket --tun")
        == .serve(EngineCommand.Start(socket: "--tun")))
  }

  @Test("run takes everything behind its options as a command")
  func command() throws {
    let bare = EngineCommand.run(EngineCommand.Start(), words: ["ls", "-l", "--socket=x"])
    #expect(try read("run ls -l --socket=x") == bare)
    #expect(try read("run -- ls -l --socket=x") == bare)
    #expect(
      try read("run --socket=x -- -ls")
        == .run(EngineCommand.Start(socket: "x"), words: ["-ls"]))
    #expect(try read("run -- -- a") == .run(EngineCommand.Start(), words: ["--", "a"]))
  }

  @Test("settings, the later ones over the earlier ones")
  func settings() throws {
    var basis = EngineCommand.Basis(seed: 7)
    basis.settings.dropEntry = 3
    let line = "serve --socket=x --sysctl drop_entry=1 --sysctl=drop_entry=3 --seed=7"
    #expect(try read(line) == .serve(EngineCommand.Start(basis: basis, socket: "x")))
  }

  @Test(
    "the kernel that the engine behaves as",
    arguments: [
      ("", KernelRelease.newest), ("--as-kernel=6.1.192", KernelRelease(6, 1, 192)),
      ("--as-kernel 6.12", KernelRelease(6, 12)), ("--older-counting", .oldest),
      ("--as-kernel=7.2 --older-counting", .newest),
    ])
  func kernel(_ words: String, _ release: KernelRelease) throws {
    var basis = EngineCommand.Basis()
    basis.settings.kernel = release
    #expect(
      try read("run \(words) -- ls") == .run(EngineCommand.Start(basis: basis), words: ["ls"]))
  }

  @Test("replay")
  func replay() throws {
    #expect(
      try read("replay --rules=r --read=in --write=out")
        == .replay(EngineCommand.Basis(rules: "r"), from: "in", to: "out"))
    #expect(
      try read("replay --rules=r --read=in")
        == .replay(EngineCommand.Basis(rules: "r"), from: "in", to: nil))
  }

  @Test(
    "lines at fault",
    arguments: [
      ("", EngineUsageError.noVerb, "there is no word that says what to do"),
      ("--socket=x serve", .noVerb, "there is no word that says what to do"),
      ("server", .unknownVerb("server"), "unknown command `server'"),
      ("serve --sokcet=x", .unknownOption("--sokcet=x"), "unknown option `--sokcet=x'"),
      ("serve -s x", .unknownOption("-s"), "unknown option `-s'"),
      (
        "serve --read=x", .strangeOption("--read", verb: .serve, others: [.replay]),
        "serve takes no option `--read'"
      ),
      ("serve --socket", .missingValue("--socket"), "missing value"),
      (
        "serve --socket=x --divert=yes", .unwantedValue("--divert=yes"),
        "unwanted value in `--divert=yes'"
      ),
      (
        "serve --socket=x --socket y", .repeatedOption("--socket"),
        "option `--socket' given twice"
      ),
      ("serve", .missingOption(.socket, verb: .serve), "serve needs the option --socket=PATH"),
      (
        "replay --rules=x", .missingOption(.read, verb: .replay),
        "replay needs the option --read=FILE"
      ),
      ("serve --socket=x y", .leftover("y", verb: .serve), "unexpected word `y'"),
      ("run", .noCommand, "run needs a command"),
      ("run --socket=x --", .noCommand, "run needs a command"),
      ("serve --socket=x --divert", .nothingToDivertTo, "--divert without a device"),
      ("run --sysctl=drop_entry x", .notASetting("drop_entry"), "`drop_entry' sets nothing"),
      ("run --sysctl==1 x", .notASetting("=1"), "`=1' sets nothing"),
      (
        "run --sysctl=drop_entry=4 x",
        .setting(.range("drop_entry", 0...3), "drop_entry=4"), "`drop_entry=4' is out of range"
      ),
      (
        "run --sysctl=x=4 x", .setting(.unknown("x"), "x=4"), "there is no setting `x'"
      ),
      (
        "run --sysctl=drop_entry=4294967296 x", .notANumber("4294967296"),
        "`4294967296' is not a number that can be set here"
      ),
      ("run --seed=-1 x", .notANumber("-1"), "`-1' is not a number that can be set here"),
      (
        "run --as-kernel=5.10 x", .notARelease("5.10"),
        "`5.10' is not a kernel that the engine knows"
      ),
    ])
  func faults(_ line: String, _ fault: EngineUsageError, _ headline: String) {
    #expect(throws: fault) { try read(line) }
    #expect(fault.diagnostic.headline == ByteString("ipvs-engine: " + headline))
    #expect(fault.diagnostic.details.allSatisfy { !$0.isEmpty })
  }

  @Test("what was meant is named")
  func suggestion() {
    #expect(
      EngineUsageError.unknownOption("--sokcet=x").diagnostic.details
        == ["remedy: did you mean --socket?"])
    #expect(
      EngineUsageError.unknownOption("-s").diagnostic.details
        == ["remedy: `ipvs-engine --help' lists all options"])
  }

  @Test("the manual page names every setting and what it is by default")
  func manual() throws {
    let page = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../man/ipvs-engine.8")
    let rows = try String(contentsOf: page, encoding: .utf8)
      .matches(of: /\.It ([a-z_]+) Ta ([0-9]+) Ta/).map { (String($0.1), Int32($0.2)) }
    #expect(rows.map(\.0) == Settings.names.map { "\($0)" })
    for (name, value) in rows {
      var settings = Settings()
      try settings.set(ByteString(name), to: try #require(value))
      #expect(settings == Settings(), "\(name)")
    }
  }

  @Test("every option of the table is in the help, and no other")
  func helpIsComplete() {
    let help = String(decoding: EngineHelp.help.bytes, as: UTF8.self)
    let named = Set(help.matches(of: /--([a-z-]+)/).map { String($0.1) })
    #expect(named == Set(EngineOption.all.map { "\($0.long)" } + ["help", "version"]))
    #expect(help.split(separator: "\n").allSatisfy { $0.count <= 80 })
  }
}
