// SPDX-License-Identifier: Apache-2.0

import Glibc
import IPVSAddresses
import IPVSBalancing
import IPVSClient
import IPVSGrammar
import IPVSNetlinkServer
import IPVSPrograms
import IPVSRules
import IPVSSockets
import IPVSSystem
import IPVSText
import Testing

@testable import IPVSCommands

/// Every remedy that is a command is typed, on an engine in this process: it succeeds, does what the
/// faulty line asked for, and leaves the rest of the table alone.
@Suite struct RemedyTests {
  @Test("every kind of fault is told with its cause and a remedy", arguments: FaultKind.allCases)
  func faults(_ kind: FaultKind) throws {
    for line in kind.lines {
      let program: ByteString = kind.isAncestor ? "ippfvsadm" : "ipvsadm"
      let scene = try EngineScene(Self.rules)
      let isNested = kind == .noRestoreLine
      let outcome =
        isNested ? try scene.run("ipvsadm -R", input: line) : try scene.run("\(program) \(line)")
      #expect(outcome.status != 0, "\(line)")
      #expect(
        Self.kind(of: line, isAncestor: kind.isAncestor, isNested: isNested) == kind, "\(line)")
      try check(outcome.errors, of: "\(program) \(line)", on: Self.rules)
    }
  }

  private static func kind(of line: String, isAncestor: Bool, isNested: Bool) -> FaultKind? {
    do throws(GrammarError) {
      let words = EngineScene.words("ipvsadm \(line)")
      if isNested {
        var reader = RestoreReader()
        _ = reader.feed(atMost: line.utf8.count) { room in
          for byte in line.utf8 { room.append(byte) }
        }
        reader.finish()
        if let line = reader.next() { _ = try CommandParser.parse(line, names: NoNames()) }
      } else if isAncestor {
        _ = try AncestorParser.parse(words)
      } else {
        _ = try CommandParser.parse(words, names: NoNames())
      }
      return nil
    } catch {
      return FaultKind(error)
    }
  }

  static let rules = """
    -A -t 10.0.0.1:80 -s wrr -p 300 -M 255.255.255.0
    -a -t 10.0.0.1:80 -r 192.0.2.11:8080 -m -w 7 -x 1000 -y 800
    -a -t 10.0.0.1:80 -r 192.0.2.12:8080 -m -w 3
    -a -t 10.0.0.1:80 -r 192.0.2.13 -i --tun-type gue --tun-port 6080 --tun-csum -w 2 -x 9
    -A -u 10.0.0.1:53 -s sh -b sh-port,sh-fallback -o
    -a -u 10.0.0.1:53 -r 192.0.2.11:53 -g -w 4
    -A -f 5 -s lc
    -A -f 5 -6 -s lc --pe sip
    -A -t [2001:db8::1]:80 -s mh -p 60 -M 64
    -a -t [2001:db8::1]:80 -r [2001:db8::2]:8080 -m -w 5
    --start-daemon backup --mcast-interface lo
    """

  /// Lines that the engine rejects, on that table.
  static let rejected = [
    "-A -t 10.0.0.1:80", "-A -t 10.0.0.1:80 -s rr", "-A -t 10.0.0.1:80 -p 60 -M 255.255.0.0",
    "-A -u 10.0.0.1:53 -s rr", "-A -u 10.0.0.1:53", "-A -f 5 -6 -s wlc",
    "-A -t 10.0.0.1:80 -s nosuch", "-A -f 5 -p",
    "-A -t [2001:db8::1]:80 -s sh", "-A -t 10.0.0.9:80 -s WLC", "-A -t 10.0.0.9:80 -s wrrr",
    "-A -t 10.0.0.9:80 -s (null)", "-A -t 10.0.0.9:80 -s \u{2018}rr\u{2019}",
    "-A -t 10.0.0.9:80 --pe sipp", "-E -t 10.0.0.1:80 -s pcc", "-E -t 10.0.0.2:80 -s rr -p 9",
    "-D -t 10.0.0.11:80", "-D -t 10.0.0.1:8080", "-D -f 6", "-Z -t 10.0.0.1:81",
    "-L -t 10.0.0.1:81",
    "-a -t 10.0.0.1:80 -r 192.0.2.11:8080 -m", "-a -t 10.0.0.1:80 -r 192.0.2.11:8080 -m -w 3 -x 5",
    "-a -t 10.0.0.1:80 -r 192.0.2.13 -w 9", "-a -t 10.0.0.1:80 -r 192.0.2.13 -m",
    "-a -u 10.0.0.1:53 -r 192.0.2.11 -w 4", "-a -t 10.0.0.11:80 -r 192.0.2.11",
    "-a -t 203.0.113.1:0 -r 192.0.2.11", "-a -f 7 -6 -r 2001:db8::2 -m",
    "-a -t 10.0.0.1:80 -r 192.0.2.14 -y 3", "-a -t 10.0.0.1:80 -r 224.0.0.1 -m",
    "-e -t 10.0.0.1:80 -r 192.0.2.11:8080 -w 0", "-e -t 10.0.0.1:80 -r 192.0.2.11:8080 -x 2000",
    "-e -t 10.0.0.1:80 -R 192.0.2.12:8080 -w 0", "-e -t 10.0.0.1:80 -r 192.0.2.12 -m -w 0",
    "-e -t 10.0.0.1:80 -r 192.0.2.12 -w 0", "-e -t 10.0.0.1:80 -r 192.0.2.21:8080 -m -w 0",
    "-e -t [2001:db8::1]:80 -r [2001:db8::2]:8080 -w 0", "-e -t 10.0.0.1:80 -r 192.0.2.11 -y 2000",
    "-e -t 203.0.113.1:80 -r 192.0.2.11 -w 0", "-d -t 10.0.0.1:80 -r 192.0.2.12",
    "-d -t 10.0.0.1:80 -r 192.0.2.22:8080", "-d -t 10.0.0.1:80 -r 203.0.113.9:80",
    "-d -f 5 -r 192.0.2.11", "-d -f 9 -r 192.0.2.11", "--start-daemon backup --mcast-interface lo",
    "--start-daemon master --mcast-interface nothere0", "--stop-daemon master",
  ]

  @Test("every rejected line is told with its cause and a remedy", arguments: rejected)
  func rejections(_ line: String) throws {
    let outcome = try EngineScene(Self.rules).run("ipvsadm \(line)")
    #expect(outcome.status != 0)
    try check(outcome.errors, of: "ipvsadm \(line)", on: Self.rules)
    let restored = try EngineScene(Self.rules).run("ipvsadm -R", input: line)
    if !line.hasPrefix("-L") { try check(restored.errors, of: "ipvsadm \(line)", on: Self.rules) }
  }

  @Test(
    "the same where the table is empty",
    arguments: rejected.filter { !$0.hasPrefix("-A -") || $0.contains("10.0.0.9") })
  func rejectionsOfEmptyTable(_ line: String) throws {
    let outcome = try EngineScene("").run("ipvsadm \(line)")
    guard outcome.status != 0 else { return }
    try check(outcome.errors, of: "ipvsadm \(line)", on: "")
  }

  @Test("every errno is told with its cause and a remedy", arguments: rejected)
  func otherErrnos(_ line: String) throws {
    guard
      case .change(let change)? = try? CommandParser.parse(
        EngineScene.words("ipvsadm \(line)"), names: NoNames()
      ).command
    else { return }
    for errno in [EEXIST, ENOENT, ESRCH, EINVAL, ERANGE, ENODEV, ENOMEM, EAFNOSUPPORT, EIO] {
      for host in [FixedHostInfo(), FixedHostInfo(peer: .engine(path: nil))] {
        let diagnostic = Rejection(errno: errno, host: host).diagnostic(of: change)
        _ = remedy(in: String(decoding: diagnostic.text.bytes, as: UTF8.self))
      }
    }
  }

  /// Checks the form of a text, and runs each command of its remedy.
  private func check(_ text: String, of line: String, on rules: String) throws {
    for command in remedy(in: text) { try run(command, after: line, on: rules) }
  }

  /// Checks that a text has one cause and one remedy.
  ///
  /// - Returns: The commands of the remedy: what is between single quotes and begins with the
  ///   program's name.
  private func remedy(in text: String) -> [String] {
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines.count { $0.hasPrefix("  cause: ") } == 1, "\(text)")
    let remedies = lines.filter { $0.hasPrefix("  remedy: ") }
    #expect(remedies.count == 1, "\(text)")
    let commands = (remedies.first ?? "").split(separator: "'", omittingEmptySubsequences: false)
      .map(String.init).filter { $0.hasPrefix("ipvsadm ") }
    let mentions = (remedies.first ?? "").split(separator: "ipvsadm -").count - 1
    #expect(mentions <= commands.count, "a command without quotes: \(text)")
    return commands
  }

  private func run(_ remedy: String, after line: String, on rules: String) throws {
    let scene = try EngineScene(rules)
    let before = try scene.table()
    _ = try scene.run(line)
    #expect(try scene.table() == before, "the faulty line changed something: \(line)")
    let parts = remedy.split(separator: " < ").first?.split(separator: " > ").first ?? ""
    let outcome = try scene.run(String(parts), input: "-A -t 10.9.9.9:80")
    #expect(outcome.status == 0 && outcome.errors == "", "\(line): \(remedy): \(outcome.errors)")
    let after = try scene.table()
    let words = EngineScene.words(String(parts))
    guard let change = try before.change(of: words) else {
      // Only -R, which the remedy of a name of a file has, changes anything.
      #expect(after.without(EngineScene.restored) == before, "\(remedy)")
      return
    }
    let wish = try? CommandParser.parse(EngineScene.words(line), names: NoNames()).command
    let typed = TypedLine(Words(EngineScene.words(line).dropFirst()))
    check(change, from: before, to: after, wish: wish, typed, "\(line): \(remedy)")
  }

  /// The remedy changes one object, and of that only what the faulty line names.
  private func check(
    _ change: Change, from before: SceneTable, to after: SceneTable, wish: Command?,
    _ typed: TypedLine,
    _ comment: Comment
  ) {
    switch change {
    case .addService(let service):
      #expect(before.services[service.identity] == nil, comment)
      #expect(after.without(service.identity) == before, comment)
    case .editService(let service):
      let present = before.services[service.identity]
      #expect(present != nil, comment)
      #expect(after.replacing(service.identity, with: present) == before, comment)
      guard case .change(.addService(let wanted)) = wish, let present else { return }
      let scheduler = typed.names(.scheduler) ? wanted.scheduler : present.scheduler
      let time = typed.names(.persistent) ? wanted.persistence : present.persistence
      #expect(service.scheduler == scheduler && service.persistence == time, comment)
      #expect(service.netmask == (typed.names(.netmask) ? wanted : present).netmask, comment)
      #expect(service.engine == present.engine, comment)
      #expect(service.flags.contains(.onePacket) == present.flags.contains(.onePacket), comment)
      if scheduler == present.scheduler { #expect(service.flags == present.flags, comment) }
    case .editServer(let server, of: let identity):
      let present = before.servers[identity]?[server.endpoint]
      #expect(present != nil, comment)
      #expect(after.replacing(server.endpoint, of: identity, with: present) == before, comment)
      let wanted: RealServer? =
        switch wish {
        case .change(.editServer(let wanted, of: _)), .change(.addServer(let wanted, to: _)): wanted
        default: nil
        }
      guard let wanted, let present else { return }
      expectSameMachine(server.endpoint, as: wanted.endpoint, in: before.servers[identity], comment)
      #expect(server.weight == (typed.names(.weight) ? wanted : present).weight, comment)
      let upper = typed.names(.upperThreshold) ? wanted : present
      let lower = typed.names(.lowerThreshold) ? wanted : present
      #expect(server.upperThreshold == upper.upperThreshold, comment)
      #expect(server.lowerThreshold == lower.lowerThreshold, comment)
      let method = typed.names(.forwardingMethod) ? wanted : present
      #expect(server.forwarding == method.forwarding && server.tunnel == method.tunnel, comment)
    case .deleteServer(let endpoint, of: let identity):
      #expect(before.servers[identity]?[endpoint] != nil, comment)
      if case .change(.deleteServer(let wanted, of: _)) = wish {
        expectSameMachine(endpoint, as: wanted, in: before.servers[identity], comment)
      }
      var without = before
      without.servers[identity]?[endpoint] = nil
      #expect(after == without, comment)
    case .stopDaemon: #expect(after == before, comment)
    case .deleteService, .addServer, .flush, .zero, .setTimeouts, .startDaemon:
      Issue.record("a remedy that changes more than it should: \(comment)")
    }
  }
}

/// A remedy is about the machine that the line names, if the service has it with any port.
private func expectSameMachine(
  _ endpoint: Endpoint, as wanted: Endpoint, in servers: [Endpoint: RealServer]?,
  _ comment: Comment
) {
  guard servers?.keys.contains(where: { $0.address == wanted.address }) == true else { return }
  #expect(endpoint.address == wanted.address, comment)
}
