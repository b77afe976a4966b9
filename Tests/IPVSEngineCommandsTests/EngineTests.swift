// SPDX-License-Identifier: Apache-2.0

import Foundation
import IPVSAddresses
import IPVSBalancing
import IPVSCommands
import IPVSGrammar
import IPVSNetlinkServer
import IPVSSockets
import IPVSSystem
import IPVSText
import Testing

@testable import IPVSEngineCommands

/// An engine in this process, with `ipvsadm` as its client.
@Suite final class EngineTests {
  let folder: URL
  let engine: Engine

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "engine.\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    engine = Engine(EngineCommand.Basis(), isOfThisMachine: false)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private func file(_ name: String, _ text: String = "") throws -> FileDescriptor {
    let file = folder.appending(path: name)
    try Data(text.utf8).write(to: file)
    return FileDescriptor(number: open(file.path, O_RDWR))
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOf: folder.appending(path: name), encoding: .utf8)
  }

  private func load(_ rules: String) throws -> Bool {
    let (input, complaints) = (try file("rules", rules), try file("complaints"))
    defer {
      input.close()
      complaints.close()
    }
    return StartingRules.apply(input, through: engine, complaints: complaints)
  }

  /// What `ipvsadm` prints.
  private func client(_ line: String) throws -> String {
    let (output, errors) = (try file("output"), try file("errors"))
    defer {
      output.close()
      errors.close()
    }
    let words = line.split(separator: " ").map { ByteString(String($0)) }
    let status = Program.run(
      "ipvsadm", Words(words),
      in: ProgramEnvironment(
        peer: .transport(engine), output: output, errors: errors, connections: nil))
    #expect(status == 0)
    #expect(try text("errors") == "")
    return try text("output")
  }

  static let rules = """
    -A -t 10.0.0.1:80 -s wrr
    -a -t 10.0.0.1:80 -r 10.1.0.2:8080 -m -w 1
    -a -t 10.0.0.1:80 -r 10.1.0.3:8080 -m -w 2

    """

  @Test("rules to begin with are what the client saves")
  func rules() throws {
    #expect(try load("# these\n" + Self.rules))
    #expect(try client("-Sn") == Self.rules)
    #expect(try text("complaints") == "")
  }

  @Test("one line that is refused, and the rules are not what was wanted")
  func refused() throws {
    #expect(try !load(Self.rules + "-D -t 10.0.0.1:81\n-Ln\n"))
    #expect(try text("complaints").hasPrefix("No such service\n  line 4: -D -t 10.0.0.1:81\n"))
    // What a line lists goes where complaints go: standard output may be a capture.
    #expect(try text("complaints").contains("  -> 10.1.0.3:8080                Masq    2"))
    #expect(try !load("-A -t 10.0.0.1:82 -p 0\n"))
    #expect(try !load("what?\n"))
  }

  @Test("connections are asked for in the engine")
  func connections() throws {
    #expect(try client("-Lcn").split(separator: "\n").count == 2)
  }

  @Test("its time is what its owner says, and goes forward only")
  func time() {
    #expect(engine.advance(to: Instant(seconds: 7)))
    #expect(engine.advance(to: Instant(seconds: 3)))
    #expect(engine.now == Instant(seconds: 7))
    let reached = engine.netlinkServer.balancer.now
    #expect(reached == Instant(seconds: 7))
  }

  @Test("settings and the seed are those of the line")
  func basis() {
    var basis = EngineCommand.Basis(seed: 3)
    basis.settings.dropEntry = 2
    let other = Engine(basis, isOfThisMachine: false)
    let settings = other.netlinkServer.balancer.settings
    #expect(settings == basis.settings && settings.dropEntry == 2)
  }

  @Test("of a machine it knows the addresses and the interfaces")
  func machine() throws {
    let hostInfo = HostNetwork.ofThisMachine()
    #expect(hostInfo.interfaces["lo"] != nil)
    #expect(hostInfo.kind(of: 0x7f00_0001, .ipv4) == .local)
    #expect(hostInfo.mtu(of: "no such interface") == nil)
  }
}
