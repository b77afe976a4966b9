// SPDX-License-Identifier: Apache-2.0

import Foundation
import IPVSGrammar
import IPVSSockets
import IPVSSystem
import IPVSText
import TestSupport
import Testing

@testable import IPVSCommands

/// Whole runs of the program, with a scripted kernel, files for standard input and output, and a file
/// in place of /proc/net/ip_vs_conn.
@Suite struct ProgramTests {
  struct Outcome: Equatable {
    var status: Int32
    var output: String
    var errors: String
  }

  /// The kernel's description of its IPVS, as the answer to what comes first in a run.
  static let info = Answer.reply([
    0x0e, 0x01, 0x00, 0x00,  // command SET_INFO
    0x08, 0x00, 0x01, 0x00, 0x01, 0x02, 0x01, 0x00,  // version 1.2.1
    0x08, 0x00, 0x02, 0x00, 0x00, 0x10, 0x00, 0x00,  // 4096 buckets
  ])

  func run(
    _ line: String, input: [UInt8] = [], connections: [UInt8]? = nil, transport: any Transport,
    to output: String? = nil, isEngine: Bool = false
  ) throws -> Outcome {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(input).write(to: folder.appending(path: "in"))
    if let connections { try Data(connections).write(to: folder.appending(path: "conn")) }
    let files = [
      open(folder.appending(path: "in").path, O_RDONLY),
      open(output ?? folder.appending(path: "out").path, O_RDWR | O_CREAT, 0o600),
      open(folder.appending(path: "err").path, O_RDWR | O_CREAT, 0o600),
    ]
    defer { for file in files { close(file) } }
    let environment = ProgramEnvironment(
      peer: .transport(transport), input: FileDescriptor(number: files[0]),
      output: FileDescriptor(number: files[1]), errors: FileDescriptor(number: files[2]),
      connections: isEngine ? nil : folder.appending(path: "conn").path)
    let words = line.split(separator: " ").map { ByteString(String($0)) }
    let status = Program.run(
      words.first, Words(words.dropFirst()), in: environment)
    func text(_ name: String) throws -> String {
      String(decoding: try Data(contentsOf: folder.appending(path: name)), as: UTF8.self)
    }
    return Outcome(
      status: status, output: output == nil ? try text("out") : "",
      errors: try text("err").replacing(folder.path, with: "FOLDER"))
  }

  @Test("help sends no request")
  func help() throws {
    let transport = ScriptedTransport()
    let outcome = try run("ipvsadm -h", transport: transport)
    #expect(outcome.status == 0)
    #expect(outcome.output.hasPrefix("ipvsadm v1.31"))
    #expect(transport.lookUps == 0)
  }

  @Test("a fault in words is reported where there is IPVS")
  func words() throws {
    let outcome = try run(
      "ipvsadm -L foo", transport: ScriptedTransport([.datagram([Self.info])]))
    #expect(outcome.status == 2)
    #expect(outcome.errors.hasPrefix("unexpected argument foo\n  cause: "))
  }

  @Test("without IPVS, its absence is reported instead")
  func wordsWithoutKernel() throws {
    let transport = ScriptedTransport(lookUp: .script([.datagram([.refused(ENOENT)])]))
    let outcome = try run("ipvsadm -L foo", transport: transport)
    #expect(outcome.status == 2)
    #expect(outcome.errors.hasPrefix("Can't initialize ipvs: Protocol not available\n"))
  }

  @Test(
    "a fault of a command that needs no IPVS is reported without asking for it",
    arguments: ["--import", "--import keepalived", "--check", "--completion", "--explain tcp"])
  func wordsOfFreeCommands(line: String) throws {
    let transport = ScriptedTransport(lookUp: .script([.datagram([.refused(ENOENT)])]))
    let outcome = try run("ipvsadm \(line)", transport: transport)
    #expect(outcome.status != 0)
    #expect(transport.lookUps == 0)
    #expect(!outcome.errors.hasPrefix("Can't initialize"))
  }

  @Test("a real server is looked at without an engine")
  func realServerOfEngine() throws {
    let outcome = try run(
      "ipvsadm --doctor --real-server --engine /none", transport: ScriptedTransport())
    #expect(
      outcome
        == Outcome(
          status: 2, output: "",
          errors: """
            --doctor --real-server: no engine is looked at
              cause: a real server has no table, and this machine is looked at
              remedy: leave --engine out

            """))
  }

  @Test("restore sends the lines of a file in one datagram, and names the line that was rejected")
  func restore() throws {
    let transport = ScriptedTransport([
      .datagram([Self.info]),
      .datagram([.refused(EEXIST, 0), .done(2)]),
    ])
    let lines = """
      # two services
      -A -t 10.0.0.1:80 -s rr
      -A -t 10.0.0.1:81 -s rr
      ipvsadm -a -t 10.0.0.1:81 -r 10.0.0.2:81 -m

      """
    let outcome = try run("ipvsadm -R", input: Array(lines.utf8), transport: transport)
    #expect(
      outcome
        == Outcome(
          status: 0, output: "",
          errors: """
            Service already exists
              line 2: -A -t 10.0.0.1:80 -s rr
              service: TCP 10.0.0.1:80
              cause: the table has this service already, and -A changes nothing that is there
              remedy: change it with -E, which also resets what the line does not name

            """))
    // The table is read for the explanation.
    #expect(transport.sent.map(\.count) == [1, 3, 1])
  }

  @Test("the status of restore is that of its last line")
  func lastLine() throws {
    let transport = ScriptedTransport([.datagram([Self.info]), .datagram([.refused(EEXIST, 0)])])
    let outcome = try run(
      "ipvsadm -R", input: Array("-A -t 10.0.0.1:80".utf8), transport: transport)
    #expect(outcome.status == 255)
  }

  @Test("a faulty line ends restore; the lines before it have run")
  func senseless() throws {
    let transport = ScriptedTransport([.datagram([Self.info]), .datagram([.done()])])
    let outcome = try run(
      "ipvsadm -R", input: Array("-C\n-A -t 10.0.0.1:80 -p 0\n-C\n".utf8), transport: transport)
    #expect(outcome.status == 2)
    #expect(
      outcome.errors == """
        invalid timeout value `0' specified
          line 2: -A -t 10.0.0.1:80 -p 0
          cause: `0' is out of range
          remedy: write for -p (--persistent) a number from 1 to 2678400

        """)
    #expect(transport.sent.map(\.count) == [1, 1])
  }

  @Test("ippfvsadm deletes the service that it added for a server that is rejected")
  func takesBack() throws {
    let transport = ScriptedTransport([
      .datagram([.refused(EINVAL, 1)]), .datagram([.done()]),
    ])
    let outcome = try run(
      "ippfvsadm -A -t 10.0.0.1:80 -R 224.0.0.1:80", transport: transport)
    #expect(outcome.status == 255)
    #expect(outcome.errors.contains("224.0.0.1 is a multicast address"))
    #expect(transport.sent.map(\.count) == [2, 1])
  }

  @Test("ippfvsadm keeps a service that was there before")
  func leavesAlone() throws {
    let transport = ScriptedTransport([
      .datagram([.refused(EEXIST, 0), .refused(EINVAL, 1)])
    ])
    let outcome = try run("ippfvsadm -A -t 10.0.0.1:80 -R 224.0.0.1:80", transport: transport)
    #expect(outcome.status == 255)
    #expect(transport.sent.map(\.count) == [2])
  }

  @Test("output that cannot be written is an error")
  func fullDevice() throws {
    let outcome = try run("ipvsadm -h", transport: ScriptedTransport(), to: "/dev/full")
    #expect(outcome.status == 1)
    #expect(
      outcome.errors.hasPrefix(
        "cannot write standard output\n  cause: No space left on device\n"))
  }

  static let title =
    "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n"
  static let row = "TCP C0A80001 1F90 0A000001 0050 0A000002 0050 ESTABLISHED     899\n"

  @Test("connections are listed up to the first malformed row")
  func connections() throws {
    let outcome = try run(
      "ipvsadm -Lcn", connections: Array((Self.title + Self.row + "noise\n").utf8),
      transport: ScriptedTransport([.datagram([Self.info])]))
    #expect(
      outcome
        == Outcome(
          status: 1,
          output: """
            IPVS connection entries
            pro expire state       source             virtual            destination
            TCP 14:59  ESTABLISHED 192.168.0.1:8080   10.0.0.1:80        10.0.0.2:80

            """,
          errors: """
            unexpected input from FOLDER/conn
              cause: row 2 is not a connection; the rows before it are whole

            """))
  }

  /// A message of an engine with lines of connections.
  static func rows(_ text: String) -> Answer {
    let length = UInt16(text.utf8.count + 4)
    let padding = [UInt8](repeating: 0, count: (4 - text.utf8.count % 4) % 4)
    return .entry(
      [0x01, 0x01, 0x00, 0x00, UInt8(length & 255), UInt8(length >> 8), 0x01, 0x00]
        + Array(text.utf8) + padding)
  }

  @Test("an engine is asked for its connections, which come in many messages")
  func engineConnections() throws {
    // A row may be cut in the middle.
    let transport = ScriptedTransport(
      [
        .datagram([Self.info]),
        .datagram([Self.rows(Self.row + Self.row), Self.rows(String(Self.row.prefix(30)))]),
        .datagram([Self.rows(String(Self.row.dropFirst(30))), .end()]),
      ], lookUp: .engine)
    let outcome = try run("ipvsadm -Lcn", transport: transport, isEngine: true)
    #expect(outcome.status == 0 && outcome.errors == "")
    #expect(outcome.output.split(separator: "\n").count == 5)
    #expect(outcome.output.hasSuffix(" 192.168.0.1:8080   10.0.0.1:80        10.0.0.2:80\n"))
    let question = try #require(transport.sent.last?.first)
    #expect(question.type == Controller.engineType && question.flags == 0x301)
    #expect(question.payload == [0x01, 0x01, 0x00, 0x00])
  }

  @Test("an engine without connections")
  func noEngineConnections() throws {
    let transport = ScriptedTransport(
      [.datagram([Self.info]), .datagram([.end()])], lookUp: .engine)
    let outcome = try run("ipvsadm -Lcn", transport: transport, isEngine: true)
    #expect(outcome.status == 0)
    #expect(outcome.output.split(separator: "\n").count == 2)
  }

  @Test("a peer without the family IPVS_ENGINE cannot list connections")
  func otherEngine() throws {
    let transport = ScriptedTransport([.datagram([Self.info])])
    let outcome = try run("ipvsadm -Lcn", transport: transport, isEngine: true)
    #expect(outcome.status == 1 && outcome.output == "")
    #expect(
      outcome.errors.hasPrefix(
        "cannot list the connections of an engine\n  engine: of this process\n  cause: "))
  }

  @Test(
    "an engine's answer that goes wrong",
    arguments: [
      (rows("noise\n"), "unexpected input from the engine\n  cause: row 2 is"),
      (Answer.entry([0x02, 0x01, 0x00, 0x00]), "Invalid operation."),
      (.end(ENOMEM), "Memory allocation problem"), (.refused(EINVAL), "Invalid operation."),
    ])
  func brokenEngine(_ answer: Answer, _ diagnostic: String) throws {
    let transport = ScriptedTransport(
      [.datagram([Self.info]), .datagram([Self.rows(Self.row), answer])], lookUp: .engine)
    let outcome = try run("ipvsadm -Lcn", transport: transport, isEngine: true)
    #expect(outcome.status == 1)
    #expect(outcome.output.split(separator: "\n").count == 3)
    #expect(outcome.errors.hasPrefix(diagnostic))
  }

  @Test("connections without their file", arguments: [nil, ""])
  func noConnections(_ content: String?) throws {
    let outcome = try run(
      "ipvsadm -Lcn", connections: content.map { Array($0.utf8) },
      transport: ScriptedTransport([.datagram([Self.info])]))
    #expect(outcome.status == 1)
    #expect(outcome.output.isEmpty)
    let headline =
      content == nil ? "cannot open file FOLDER/conn" : "unexpected input from FOLDER/conn"
    #expect(outcome.errors.hasPrefix(headline + "\n  cause: "))
  }
}
